//! Methods in Rust that the interpreter calls without anything in between.

use std::ffi::CStr;
use std::ptr;

use pyo3::ffi;

/// Arguments as the interpreter hands them over: those by name last.
pub(crate) type Args = *const *mut ffi::PyObject;
type Method = unsafe extern "C" fn(*mut ffi::PyObject, Args, ffi::Py_ssize_t, *mut ffi::PyObject) -> *mut ffi::PyObject;
/// A method that the interpreter may end a thread in.
pub(crate) type Endable =
    unsafe extern "C-unwind" fn(*mut ffi::PyObject, Args, ffi::Py_ssize_t, *mut ffi::PyObject) -> *mut ffi::PyObject;

/// What a method is called, what it runs and what its help says.
pub(crate) struct Definition(ffi::PyMethodDef);

// SAFETY: never written to; its pointers are to static strings and to a function.
unsafe impl Sync for Definition {}

impl Definition {
    /// For functions of the interpreter, which do not write to it.
    pub(crate) const fn as_ptr(&'static self) -> *mut ffi::PyMethodDef {
        ptr::from_ref(&self.0).cast_mut()
    }
}

/// A name with a null at its end as C has it.
pub(crate) const fn terminated(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

/// A method that takes its arguments where the interpreter has them.
pub(crate) const fn definition(name: &'static CStr, method: Endable, doc: &'static CStr) -> Definition {
    // SAFETY: the two are called alike; one more way out is no other way in.
    let method = unsafe { std::mem::transmute::<Endable, Method>(method) };
    Definition(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: method },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: doc.as_ptr(),
    })
}
