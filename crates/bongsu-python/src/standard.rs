//! The standard path: the method that a logger would have without us.
//!
//! While it runs, nothing in these frames waits to be dropped: a thread that the interpreter ends in there leaves them behind.

use std::{hint, ptr};

use pyo3::ffi;

unsafe extern "C" {
    /// What a class or one of its bases has under a name, borrowed, and nothing done with it.
    fn _PyType_Lookup(class: *mut ffi::PyTypeObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject;
}

#[cfg(Py_3_11)]
unsafe extern "C-unwind" {
    #[link_name = "PyObject_Vectorcall"]
    fn vectorcall(
        callable: *mut ffi::PyObject,
        args: *const *mut ffi::PyObject,
        count: usize,
        names: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject;
}

#[cfg(Py_3_11)]
type Vectorcall = unsafe extern "C-unwind" fn(
    *mut ffi::PyObject,
    *const *mut ffi::PyObject,
    usize,
    *mut ffi::PyObject,
) -> *mut ffi::PyObject;

#[cfg(not(Py_3_11))]
use pyo3::ffi::PyObject_Vectorcall as vectorcall;

#[cfg(not(Py_3_11))]
type Vectorcall =
    unsafe fn(*mut ffi::PyObject, *const *mut ffi::PyObject, usize, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// Arguments that have room on the stack.
const ROOM: usize = 16;

/// Arguments made for a call, owned; given back with [`Given::release`], for nothing drops them.
#[derive(Clone, Copy)]
pub(crate) struct Given {
    pub(crate) args: *mut *mut ffi::PyObject,
    count: usize,
    pub(crate) names: *mut ffi::PyObject,
}

impl Given {
    pub(crate) const NONE: Self = Self { args: ptr::null_mut(), count: 0, names: ptr::null_mut() };

    /// Takes over references to arguments and to the tuple of names.
    pub(crate) fn new(args: Vec<*mut ffi::PyObject>, names: *mut ffi::PyObject) -> Self {
        let args = Box::leak(args.into_boxed_slice());
        Self { args: args.as_mut_ptr(), count: args.len(), names }
    }

    /// Lets go of everything.
    ///
    /// # Safety
    /// Once, by a thread that is attached to the interpreter.
    pub(crate) unsafe fn release(self) {
        if self.args.is_null() {
            return;
        }
        // SAFETY: what `new` leaked and took over.
        unsafe {
            let args = Box::from_raw(ptr::slice_from_raw_parts_mut(self.args, self.count));
            for &arg in &args {
                ffi::Py_DECREF(arg);
            }
            ffi::Py_DECREF(self.names);
        }
    }
}

/// The arguments of a call, those of `names` last.
///
/// # Safety
/// `args` are `count` arguments and behind them the values of `names`, a tuple or null; null when there are none at all.
pub(crate) unsafe fn arguments<'a>(
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> &'a [*mut ffi::PyObject] {
    // SAFETY: as the caller promises.
    unsafe {
        let named = if names.is_null() { 0 } else { ffi::PyTuple_GET_SIZE(names) as usize };
        if args.is_null() { &[] } else { std::slice::from_raw_parts(args, count + named) }
    }
}

/// Calls the method `name` of the class of `logger` as if the logger itself had none of that name.
///
/// # Safety
/// `logger` is a reference that this takes over, or null when the logger is gone. `args` are `count` arguments and behind them
/// the values of `names`, a tuple or null; the caller is attached to the interpreter.
pub(crate) unsafe fn call(
    logger: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as the caller promises; what is found is kept by a reference while it is called.
    unsafe {
        let found = if logger.is_null() { ptr::null_mut() } else { _PyType_Lookup(ffi::Py_TYPE(logger), name) };
        if found.is_null() {
            ffi::Py_XDECREF(logger);
            ffi::PyErr_SetObject(ffi::PyExc_AttributeError, name);
            return ptr::null_mut();
        }
        ffi::Py_INCREF(found);
        let result = if ffi::Py_TYPE(found) == &raw mut ffi::PyFunction_Type {
            with_self(found, logger, args, count, names)
        } else {
            bound(found, logger, args, count, names)
        };
        ffi::Py_DECREF(found);
        ffi::Py_DECREF(logger);
        result
    }
}

/// Calls `callable` in a way that may be unwound: by an address that the compiler does not know. Where it also sees the
/// interpreter's own declaration of the call, which depends on how it parts the code, it takes for granted that it never is.
///
/// # Safety
/// As for `PyObject_Vectorcall`; nothing in the caller's frame waits to be dropped.
pub(crate) unsafe fn plainly(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let call: Vectorcall = hint::black_box(vectorcall);
    // SAFETY: as the caller promises.
    unsafe { call(callable, args, count, names) }
}

/// A function gets the logger in front of the other arguments.
unsafe fn with_self(
    function: *mut ffi::PyObject,
    logger: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as in `call`; the copy has room for all, on the heap when there are many.
    unsafe {
        let given = arguments(args, count, names);
        let all = given.len();
        let mut room = [ptr::null_mut(); ROOM];
        let many = all >= ROOM;
        let copy: *mut *mut ffi::PyObject = if many {
            ffi::PyMem_Malloc((all + 1) * size_of::<*mut ffi::PyObject>()).cast()
        } else {
            room.as_mut_ptr()
        };
        if copy.is_null() {
            return ffi::PyErr_NoMemory();
        }
        *copy = logger;
        ptr::copy_nonoverlapping(given.as_ptr(), copy.add(1), all);
        let result = plainly(function, copy, count + 1, names);
        if many {
            ffi::PyMem_Free(copy.cast());
        }
        result
    }
}

/// Anything else is bound to the logger as attributes are, if it can be.
unsafe fn bound(
    found: *mut ffi::PyObject,
    logger: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    count: usize,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as in `call`.
    unsafe {
        let Some(get) = (*ffi::Py_TYPE(found)).tp_descr_get else { return plainly(found, args, count, names) };
        let method = get(found, logger, ffi::Py_TYPE(logger).cast());
        if method.is_null() {
            return method;
        }
        let result = plainly(method, args, count, names);
        ffi::Py_DECREF(method);
        result
    }
}
