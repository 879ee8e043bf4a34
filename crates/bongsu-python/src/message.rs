//! `msg % args` straight into bytes, for what programs mostly write; everything else by Python itself.

use std::ptr;

use pyo3::{PyErr, Python, ffi};

use crate::core::Core;
use crate::text::{is_ascii, push_int, push_str};

/// Why a message could not be made here.
pub(crate) enum Unfit {
    /// It is for the standard path to make.
    Unusual,
    /// Making it raised, as it would there: the exception is set.
    Raised,
}

/// A message that a quick call could not make: the standard path, to which the call then goes, need not run into the same again.
pub(crate) struct Failure {
    msg: *mut ffi::PyObject,
    args: Vec<*mut ffi::PyObject>,
    error: PyErr,
}

impl Failure {
    /// What making the message of `msg` and `args` raised; they are only compared.
    pub(crate) fn new(msg: *mut ffi::PyObject, args: &[*mut ffi::PyObject], error: PyErr) -> Self {
        Self { msg, args: args.to_vec(), error }
    }

    /// What was raised, if it was for this message.
    fn of(self, msg: *mut ffi::PyObject, args: &[*mut ffi::PyObject]) -> Option<PyErr> {
        (self.msg == msg && self.args == args).then_some(self.error)
    }
}

/// As [`write`], but what a quick call ran into with the same message is raised again without making it, once.
///
/// # Safety
/// As for [`write`].
pub(crate) unsafe fn write_again(
    core: &Core,
    msg: *mut ffi::PyObject,
    args: &[*mut ffi::PyObject],
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    if let Some(error) = core.failure.take().and_then(|failure| failure.of(msg, args)) {
        // SAFETY: the caller is attached to the interpreter.
        error.restore(unsafe { Python::assume_attached() });
        return Err(Unfit::Raised);
    }
    // SAFETY: as the caller promises.
    unsafe { write(core, msg, args, out) }
}

/// What became of directives that are mostly written.
enum Formatted {
    Done,
    /// There are others, or arguments that do not go with them.
    No,
    /// An argument could not say what it is: the exception is set.
    Raised,
}

/// Appends the message that `logging` would make of `msg` and `args` to `out`.
///
/// # Safety
/// `msg` is an exact `str`, `args` are alive until the call is back.
pub(crate) unsafe fn write(
    core: &Core,
    msg: *mut ffi::PyObject,
    args: &[*mut ffi::PyObject],
    out: &mut Vec<u8>,
) -> Result<(), Unfit> {
    // SAFETY: as the caller promises.
    unsafe {
        if args.is_empty() {
            push_str(msg, out);
            return Ok(());
        }
        if let [only] = args
            && may_be_mapping(core, *only)
        {
            return Err(Unfit::Unusual);
        }
        let begin = out.len();
        match format(msg, args, out) {
            Formatted::Done => return Ok(()),
            Formatted::Raised => return Err(Unfit::Raised),
            Formatted::No => out.truncate(begin),
        }
        by_python(msg, args, out)
    }
}

/// Whether a sole argument could be the mapping that `%(name)s` looks names up in.
unsafe fn may_be_mapping(core: &Core, arg: *mut ffi::PyObject) -> bool {
    // SAFETY: types of living objects.
    unsafe {
        let kind = ffi::Py_TYPE(arg);
        if is_plain(kind) || kind == &raw mut ffi::PyTuple_Type || kind == &raw mut ffi::PyList_Type {
            return false;
        }
        match ffi::PyObject_IsInstance(arg, core.mapping.as_ptr()) {
            0 => false,
            1 => true,
            _ => {
                ffi::PyErr_Clear();
                true
            }
        }
    }
}

/// Whether values of a type have no parts.
pub(crate) fn is_plain(kind: *mut ffi::PyTypeObject) -> bool {
    kind == &raw mut ffi::PyUnicode_Type
        || kind == &raw mut ffi::PyLong_Type
        || kind == &raw mut ffi::PyFloat_Type
        || kind == &raw mut ffi::PyBool_Type
        || kind == &raw mut ffi::PyBytes_Type
        // SAFETY: `None` is there as long as the interpreter.
        || kind == unsafe { ffi::Py_TYPE(ffi::Py_None()) }
}

/// Plain directives (`%s %d %i %r %f %.3f %%`) and their arguments.
unsafe fn format(msg: *mut ffi::PyObject, args: &[*mut ffi::PyObject], out: &mut Vec<u8>) -> Formatted {
    // SAFETY: an ASCII `str` has `length` bytes that live as long as it; others are turned to UTF-8, which they keep.
    let template = unsafe {
        if is_ascii(msg) {
            std::slice::from_raw_parts(ffi::PyUnicode_DATA(msg).cast::<u8>(), ffi::PyUnicode_GET_LENGTH(msg) as usize)
        } else {
            let mut length = 0;
            let bytes = ffi::PyUnicode_AsUTF8AndSize(msg, &raw mut length);
            if bytes.is_null() {
                ffi::PyErr_Clear();
                return Formatted::No;
            }
            std::slice::from_raw_parts(bytes.cast::<u8>(), length as usize)
        }
    };
    let mut args = args.iter();
    let mut rest = template;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let (before, directive) = rest.split_at(at);
        out.extend_from_slice(before);
        let (precision, behind) = match directive {
            [_, b'.', digit @ b'0'..=b'9', behind @ ..] => (Some(digit - b'0'), behind),
            [_, behind @ ..] => (None, behind),
            [] => return Formatted::No,
        };
        let Some((&kind, behind)) = behind.split_first() else { return Formatted::No };
        rest = behind;
        if kind == b'%' && precision.is_none() {
            out.push(b'%');
            continue;
        }
        let Some(&arg) = args.next() else { return Formatted::No };
        // SAFETY: an argument of the caller, alive.
        match unsafe { argument(kind, precision, arg, out) } {
            Formatted::Done => {}
            other => return other,
        }
    }
    out.extend_from_slice(rest);
    if args.next().is_none() { Formatted::Done } else { Formatted::No }
}

/// One argument as `%s`, `%r`, `%d` or `%f` write it.
unsafe fn argument(kind: u8, precision: Option<u8>, arg: *mut ffi::PyObject, out: &mut Vec<u8>) -> Formatted {
    // SAFETY: `arg` is alive; each branch uses it as what its type says it is.
    unsafe {
        let of = ffi::Py_TYPE(arg);
        match (kind, precision) {
            (b's', None) if of == &raw mut ffi::PyUnicode_Type => {
                push_str(arg, out);
                Formatted::Done
            }
            (b's' | b'd' | b'i' | b'r', None) if of == &raw mut ffi::PyLong_Type => {
                let mut overflow = 0;
                let number = ffi::PyLong_AsLongLongAndOverflow(arg, &raw mut overflow);
                if overflow != 0 {
                    return Formatted::No;
                }
                push_int(number, out);
                Formatted::Done
            }
            (b's' | b'r', None) if of == &raw mut ffi::PyFloat_Type => {
                push_float(ffi::PyFloat_AS_DOUBLE(arg), b'r', 0, ffi::Py_DTSF_ADD_DOT_0, out)
            }
            (b'f', _) if of == &raw mut ffi::PyFloat_Type => {
                push_float(ffi::PyFloat_AS_DOUBLE(arg), b'f', i32::from(precision.unwrap_or(6)), 0, out)
            }
            (b's', None) => push_owned(ffi::PyObject_Str(arg), out),
            (b'r', None) => push_owned(ffi::PyObject_Repr(arg), out),
            _ => Formatted::No,
        }
    }
}

unsafe fn push_float(value: f64, kind: u8, precision: i32, flags: i32, out: &mut Vec<u8>) -> Formatted {
    // SAFETY: the text is null-terminated, the caller's to free with `PyMem_Free`, and null when memory is short.
    unsafe {
        let text = ffi::PyOS_double_to_string(value, kind as std::ffi::c_char, precision, flags, ptr::null_mut());
        if text.is_null() {
            return Formatted::Raised;
        }
        out.extend_from_slice(std::ffi::CStr::from_ptr(text).to_bytes());
        ffi::PyMem_Free(text.cast());
        Formatted::Done
    }
}

/// Appends a `str` that was just made and lets it go.
unsafe fn push_owned(text: *mut ffi::PyObject, out: &mut Vec<u8>) -> Formatted {
    // SAFETY: a new reference or null with an exception set.
    unsafe {
        if text.is_null() {
            return Formatted::Raised;
        }
        push_str(text, out);
        ffi::Py_DECREF(text);
        Formatted::Done
    }
}

/// Anything `%` can do.
unsafe fn by_python(msg: *mut ffi::PyObject, args: &[*mut ffi::PyObject], out: &mut Vec<u8>) -> Result<(), Unfit> {
    // SAFETY: a new tuple that owns a reference to each argument.
    let made = unsafe {
        let tuple = ffi::PyTuple_New(args.len() as ffi::Py_ssize_t);
        if tuple.is_null() {
            return Err(Unfit::Raised);
        }
        for (at, &arg) in args.iter().enumerate() {
            ffi::Py_INCREF(arg);
            ffi::PyTuple_SET_ITEM(tuple, at as ffi::Py_ssize_t, arg);
        }
        let made = ffi::PyUnicode_Format(msg, tuple);
        ffi::Py_DECREF(tuple);
        push_owned(made, out)
    };
    match made {
        Formatted::Done => Ok(()),
        Formatted::No => Err(Unfit::Unusual),
        Formatted::Raised => Err(Unfit::Raised),
    }
}
