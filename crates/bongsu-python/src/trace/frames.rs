//! Frames as `traceback` writes them, kept by where they stand in a program.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString};
use pyo3::{ffi, intern};

use super::originals::Originals;
use super::source::{Checked, Source};

/// More places than this are forgotten, all at once.
const MOST: usize = 4096;
/// So many frames in a row at one line are written, then how many more there are.
const REPEATED: usize = 3;

/// Code, instruction, and line as the traceback has it.
type Key = (usize, i32, i32);

/// See the module.
pub(super) struct Frames {
    known: RefCell<HashMap<Key, Rc<Frame>>>,
    sources: RefCell<HashMap<String, Rc<Source>>>,
    /// `types.TracebackType`.
    traceback: Py<PyAny>,
    /// An exception to hang a single frame on.
    stand_in: Py<PyAny>,
}

struct Frame {
    /// Keeps the code alive, so that its address means this code.
    _code: Py<PyAny>,
    source: Rc<Source>,
    /// Whether the next frame is a repetition is told by these.
    file: String,
    line: i64,
    name: String,
    text: String,
}

impl Frame {
    fn repeats(&self, before: &Self) -> bool {
        std::ptr::eq(self, before) || self.line == before.line && self.name == before.name && self.file == before.file
    }
}

impl Frames {
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(Self {
            known: RefCell::default(),
            sources: RefCell::default(),
            traceback: py.import("types")?.getattr("TracebackType")?.unbind(),
            stand_in: py.import("builtins")?.getattr("Exception")?.call0()?.unbind(),
        })
    }

    /// Appends the lines of all frames; none when one of them has to be left to `traceback`.
    pub(super) fn push(
        &self,
        originals: &Originals,
        traceback: &Bound<'_, PyAny>,
        checked: &mut Checked,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let py = traceback.py();
        let mut last: Option<Rc<Frame>> = None;
        let mut count = 0;
        let mut next = Some(traceback.clone());
        while let Some(at) = next.take() {
            let frame = self.frame(originals, &at, checked)?;
            if !last.as_ref().is_some_and(|last| frame.repeats(last)) {
                push_more(count, out);
                count = 0;
            }
            count += 1;
            if count <= REPEATED {
                out.extend_from_slice(frame.text.as_bytes());
            }
            last = Some(frame);
            // SAFETY: `frame` made sure that this is a traceback; what it points to is kept by a reference of our own.
            next = unsafe {
                let following = (*at.as_ptr().cast::<ffi::PyTracebackObject>()).tb_next;
                Bound::from_borrowed_ptr_or_opt(py, following.cast())
            };
        }
        push_more(count, out);
        Some(())
    }

    fn frame(&self, originals: &Originals, at: &Bound<'_, PyAny>, checked: &mut Checked) -> Option<Rc<Frame>> {
        let py = at.py();
        // SAFETY: the type is checked before its fields are read; `PyFrame_GetCode` gives a new reference.
        let (code, key) = unsafe {
            if ffi::Py_TYPE(at.as_ptr()) != &raw mut ffi::PyTraceBack_Type {
                return None;
            }
            let traceback = at.as_ptr().cast::<ffi::PyTracebackObject>();
            let code = Bound::from_owned_ptr(py, ffi::PyFrame_GetCode((*traceback).tb_frame).cast());
            let key = (code.as_ptr() as usize, (*traceback).tb_lasti, (*traceback).tb_lineno);
            (code, key)
        };
        let known = self.known.borrow().get(&key).map(Rc::clone);
        if let Some(frame) = known
            && frame.source.holds(originals, py, checked)
        {
            return Some(frame);
        }
        let frame = Rc::new(self.ask(originals, at, code)?);
        let mut full = HashMap::new();
        let old = {
            let mut known = self.known.borrow_mut();
            if known.len() >= MOST {
                std::mem::swap(&mut *known, &mut full);
            }
            known.insert(key, Rc::clone(&frame))
        };
        // Letting code go may run whatever waits for its end: not while the table is borrowed.
        drop((old, full));
        Some(frame)
    }

    /// Has `traceback` write this one frame.
    fn ask(&self, originals: &Originals, at: &Bound<'_, PyAny>, code: Bound<'_, PyAny>) -> Option<Frame> {
        let py = at.py();
        let part = |name| at.getattr(name).ok();
        let single = self.traceback.bind(py).call1((
            py.None(),
            part(intern!(py, "tb_frame"))?,
            part(intern!(py, "tb_lasti"))?,
            part(intern!(py, "tb_lineno"))?,
        ));
        let asked = originals.by_traceback(self.stand_in.bind(py), &single.ok()?, None).ok()?;
        let stack = asked.getattr(intern!(py, "stack")).ok()?;
        let summary = stack.get_item(0).ok()?;
        let lines = stack.call_method0(intern!(py, "format")).ok()?.cast_into::<PyList>().ok()?;
        let text = lines.get_item(0).ok()?.cast_into::<PyString>().ok()?.to_str().ok()?.to_owned();
        let name = summary.getattr(intern!(py, "filename")).ok()?.cast_into_exact::<PyString>().ok()?;
        let line = summary.getattr(intern!(py, "lineno")).ok()?.cast_into_exact::<PyInt>().ok()?;
        let function = summary.getattr(intern!(py, "name")).ok()?.cast_into::<PyString>().ok()?;
        Some(Frame {
            source: self.source(originals, &name)?,
            file: name.to_str().ok()?.to_owned(),
            line: line.extract().ok()?,
            name: function.to_str().ok()?.to_owned(),
            text,
            _code: code.unbind(),
        })
    }

    fn source(&self, originals: &Originals, name: &Bound<'_, PyString>) -> Option<Rc<Source>> {
        let now = Source::now(originals, name)?;
        let text = name.to_str().ok()?;
        let known = self.sources.borrow().get(text).map(Rc::clone);
        if let Some(known) = known
            && known.has(&now)
        {
            return Some(known);
        }
        let now = Rc::new(now);
        let mut sources = self.sources.borrow_mut();
        if sources.len() >= MOST {
            sources.clear();
        }
        sources.insert(text.to_owned(), Rc::clone(&now));
        Some(now)
    }
}

fn push_more(count: usize, out: &mut Vec<u8>) {
    if let Some(more) = count.checked_sub(REPEATED).filter(|more| *more > 0) {
        let ending = if more > 1 { "s" } else { "" };
        out.extend_from_slice(format!("  [Previous line repeated {more} more time{ending}]\n").as_bytes());
    }
}
