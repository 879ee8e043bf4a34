//! Where a call stands: function, file and line of the caller, looked up once a place.

use std::cell::RefCell;

use pyo3::prelude::*;
use pyo3::{Python, ffi};

use crate::core::Core;
use crate::gil::letting_go;
use crate::line::{Place, place};
use crate::text::push_str;

const SLOTS: usize = 4096;

/// A place in a program, and what lines say of it.
pub(crate) struct Site {
    /// Keeps the code alive, so that its address means this code.
    code: Py<PyAny>,
    offset: i32,
    /// Whether the place is inside `logging`, whose own frames are not callers.
    internal: bool,
    /// `func                 L 12 | `, as the detailed layout has it.
    detailed: Vec<u8>,
    /// Name of the function.
    function: Vec<u8>,
    /// The source file as the code names it.
    file: Vec<u8>,
    /// Line, from 1.
    line: i64,
}

impl Site {
    pub(crate) fn place(&self) -> Place<'_> {
        Place { detailed: &self.detailed, function: &self.function, file: &self.file, line: self.line }
    }
}

/// Places met before, the last one of a slot.
pub(crate) struct Sites(RefCell<Vec<Option<std::rc::Rc<Site>>>>);

impl Sites {
    pub(crate) fn new() -> Self {
        let mut slots = Vec::new();
        slots.resize_with(SLOTS, || None);
        Self(RefCell::new(slots))
    }
}

/// The caller that `logging` would find: the nearest frame outside of it. None when there is none.
pub(crate) fn find(py: Python<'_>, core: &Core) -> Option<std::rc::Rc<Site>> {
    // SAFETY: the current frame is borrowed and stays while the function that called us runs.
    unsafe {
        let mut frame = ffi::PyEval_GetFrame();
        if frame.is_null() {
            return None;
        }
        let site = at(py, core, frame)?;
        if !site.internal {
            return Some(site);
        }
        ffi::Py_INCREF(frame.cast());
        loop {
            let back = ffi::PyFrame_GetBack(frame);
            ffi::Py_DECREF(frame.cast());
            if back.is_null() {
                return None;
            }
            frame = back;
            let Some(site) = at(py, core, frame) else {
                ffi::Py_DECREF(frame.cast());
                return None;
            };
            if !site.internal {
                ffi::Py_DECREF(frame.cast());
                return Some(site);
            }
        }
    }
}

/// The place that a frame is at.
unsafe fn at(py: Python<'_>, core: &Core, frame: *mut ffi::PyFrameObject) -> Option<std::rc::Rc<Site>> {
    // SAFETY: a living frame.
    let (code, offset) = unsafe { (ffi::PyFrame_GetCode(frame), offset(frame)) };
    // SAFETY: a new reference; null is refused.
    let code = unsafe { Bound::from_owned_ptr_or_opt(py, code.cast()) }?;
    let hash =
        (code.as_ptr() as usize >> 5).wrapping_mul(0x9e37_79b9).wrapping_add((offset as usize).wrapping_mul(0x85eb));
    let slot = (hash ^ (hash >> 12)) % SLOTS;
    {
        let sites = core.sites.0.borrow();
        if let Some(site) = &sites[slot]
            && site.code.as_ptr() == code.as_ptr()
            && site.offset == offset
        {
            return Some(std::rc::Rc::clone(site));
        }
    }
    let site = std::rc::Rc::new(look(core, &code, offset)?);
    let old = core.sites.0.borrow_mut()[slot].replace(std::rc::Rc::clone(&site));
    // Letting code go may run whatever waits for its end: not while the table is borrowed.
    letting_go(|| drop(old));
    Some(site)
}

fn look(core: &Core, code: &Bound<'_, PyAny>, offset: i32) -> Option<Site> {
    let py = code.py();
    let name = code.getattr(core.names.co_name.bind(py)).ok()?;
    let path = code.getattr(core.names.co_filename.bind(py)).ok()?;
    // SAFETY: a code object, and an offset that a frame of it gave.
    let line = i64::from(unsafe { ffi::PyCode_Addr2Line(code.as_ptr().cast(), offset) });
    let (mut function, mut file) = (Vec::new(), Vec::new());
    // SAFETY: names of code are `str`.
    unsafe {
        push_str(name.as_ptr(), &mut function);
        push_str(path.as_ptr(), &mut file);
    }
    let is_import = |file: &[u8]| cfg!(Py_3_11) && contains(file, b"importlib") && contains(file, b"_bootstrap");
    let internal = file == core.srcfile || is_import(&file);
    let detailed = place(&function, line);
    Some(Site { code: code.clone().unbind(), offset, internal, detailed, function, file, line })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
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
