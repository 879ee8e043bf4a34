//! Where a call stands: function, file and line of the caller, looked up once a place.

use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{Python, ffi};

use crate::core::Core;
use crate::line::Site;
use crate::met::Met;
use crate::text::string;

/// A place that was met before.
pub(crate) struct Known {
    /// Whether the place is inside `logging`, whose own frames are not callers.
    internal: bool,
    pub(crate) site: Site,
}

/// Places met before: by the code and the instruction of it, or by the names of the function and the file and the line.
pub(crate) struct Sites(Met<Rc<Known>>);

impl Sites {
    pub(crate) const fn new() -> Self {
        Self(Met::new(4096))
    }

    /// A place by its names.
    pub(crate) fn named(
        &self,
        function: &Bound<'_, PyString>,
        file: &Bound<'_, PyString>,
        line: i64,
    ) -> Option<Rc<Known>> {
        self.0.get((function, Some(file)), line, || {
            Some(Rc::new(Known { internal: false, site: Site::new(string(function), string(file), line) }))
        })
    }
}

/// The caller that `logging` would find: the nearest frame outside of it. None when there is none.
pub(crate) fn find(py: Python<'_>, core: &Core) -> Option<Rc<Known>> {
    // SAFETY: the current frame is borrowed and stays while the function that called us runs.
    unsafe {
        let mut frame = ffi::PyEval_GetFrame();
        if frame.is_null() {
            return None;
        }
        let known = at(py, core, frame)?;
        if !known.internal {
            return Some(known);
        }
        ffi::Py_INCREF(frame.cast());
        loop {
            let back = ffi::PyFrame_GetBack(frame);
            ffi::Py_DECREF(frame.cast());
            if back.is_null() {
                return None;
            }
            frame = back;
            let Some(known) = at(py, core, frame) else {
                ffi::Py_DECREF(frame.cast());
                return None;
            };
            if !known.internal {
                ffi::Py_DECREF(frame.cast());
                return Some(known);
            }
        }
    }
}

/// The place that a frame is at.
///
/// # Safety
/// The frame is alive.
pub(crate) unsafe fn at(py: Python<'_>, core: &Core, frame: *mut ffi::PyFrameObject) -> Option<Rc<Known>> {
    // SAFETY: as the caller promises.
    let (code, offset) = unsafe { (ffi::PyFrame_GetCode(frame), offset(frame)) };
    // SAFETY: a new reference; null is refused.
    let code = unsafe { Bound::from_owned_ptr_or_opt(py, code.cast()) }?;
    core.sites.0.get((&code, None), i64::from(offset), || look(core, &code, offset).map(Rc::new))
}

fn look(core: &Core, code: &Bound<'_, PyAny>, offset: i32) -> Option<Known> {
    let py = code.py();
    let name = code.getattr(core.names.co_name.bind(py)).ok()?;
    let path = code.getattr(core.names.co_filename.bind(py)).ok()?;
    // SAFETY: a code object, and an offset that a frame of it gave.
    let line = i64::from(unsafe { ffi::PyCode_Addr2Line(code.as_ptr().cast(), offset) });
    let (function, file) = (string(name.cast().ok()?), string(path.cast().ok()?));
    let is_import = |file: &str| cfg!(Py_3_11) && file.contains("importlib") && file.contains("_bootstrap");
    let internal = file == core.srcfile || is_import(&file);
    Some(Known { internal, site: Site::new(function, file, line) })
}

#[cfg(Py_3_11)]
unsafe fn offset(frame: *mut ffi::PyFrameObject) -> i32 {
    // SAFETY: a living frame.
    unsafe { ffi::PyFrame_GetLasti(frame) }
}

/// Python 3.10 has no function for it: the frame as its public header lays it out.
#[cfg(not(Py_3_11))]
unsafe fn offset(frame: *mut ffi::PyFrameObject) -> i32 {
    #[repr(C)]
    struct Frame {
        head: ffi::PyVarObject,
        back_code_builtins_globals_locals_stack_trace: [*mut ffi::PyObject; 7],
        depth: std::ffi::c_int,
        trace: [std::ffi::c_char; 2],
        generator: *mut ffi::PyObject,
        last_instruction: std::ffi::c_int,
    }
    // SAFETY: a living frame of this very version of Python (the module is built for one).
    // Instructions are counted in pairs of bytes.
    unsafe { (*frame.cast::<Frame>()).last_instruction * 2 }
}
