//! The object that stands in a decorated function's place: called without a tuple or a dictionary being made, bound to objects
//! as functions are, and in everything else the function itself.

use std::ffi::{c_int, c_void};
use std::mem::{ManuallyDrop, offset_of};
use std::ptr;

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{Python, ffi, intern};

use crate::core::core;
use crate::given::Given;
use crate::leaving::{self, Inside};
use crate::run::Run;
use crate::standard;
use crate::task::Task;

/// Adds the type and its maker.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("Wrapped", class(module.py())?)?;
    module.add_function(wrap_pyfunction!(wrap, module)?)
}

type Object = *mut ffi::PyObject;
type Call = unsafe extern "C-unwind" fn(Object, *const Object, usize, Object) -> Object;

#[repr(C)]
struct Wrapped {
    head: ffi::PyObject,
    call: Call,
    dict: Object,
    weak: Object,
    inner: *mut Inner,
}

struct Inner {
    function: Py<PyAny>,
    task: Py<Task>,
    /// For functions whose runs outlast a call: takes the run, the function and its arguments.
    driver: Option<Py<PyAny>>,
}

static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Puts a logged function in the place of `function`.
#[pyfunction]
#[pyo3(signature = (function, task, driver = None))]
fn wrap(function: Bound<'_, PyAny>, task: Py<Task>, driver: Option<Py<PyAny>>) -> PyResult<Bound<'_, PyAny>> {
    let py = function.py();
    let class = class(py)?.as_type_ptr();
    // SAFETY: the type's own allocation is zeroed, as large as `Wrapped`, and tracked; null pointers mean "not there".
    unsafe {
        let made = Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(class, 0))?;
        let wrapped = made.as_ptr().cast::<Wrapped>();
        (*wrapped).call = call;
        (*wrapped).inner = Box::into_raw(Box::new(Inner { function: function.unbind(), task, driver }));
        Ok(made)
    }
}

/// What a call goes through.
unsafe extern "C-unwind" fn call(slf: Object, args: *const Object, flags: usize, names: Object) -> Object {
    // SAFETY: the interpreter calls with an instance of the type, and arguments as the protocol has them.
    unsafe {
        let py = Python::assume_attached();
        let inner = (*slf.cast::<Wrapped>()).inner;
        if inner.is_null() {
            return raised(py, PyAttributeError::new_err("the function is gone"));
        }
        // Whoever calls holds the object that is called, and so what is inside it.
        let (function, task) = ((*inner).function.as_ptr(), (*inner).task.get());
        let Ok(core) = core(py) else { return standard::plainly(function, args, flags, names) };
        let count = ffi::PyVectorcall_NARGS(flags) as usize;
        let given = Given { all: standard::arguments(args, count, names), count, names };
        if let Some(driver) = &(*inner).driver {
            if task.is_off(py, core) {
                return standard::plainly(function, args, flags, names);
            }
            let driver = driver.clone_ref(py);
            return match drive(py, &driver, &(*inner).function, &(*inner).task, given) {
                Ok(made) => made.into_ptr(),
                Err(error) => raised(py, error),
            };
        }
        if leaving::must_keep_out() {
            return standard::plainly(function, args, flags, names);
        }
        let begun = {
            let _inside = Inside::new();
            task.begin(py, core, given)
        };
        let begun = match begun {
            Ok(Some(begun)) => begun,
            Ok(None) => return standard::plainly(function, args, flags, names),
            Err(error) => return raised(py, error),
        };
        // The slot before the arguments is the caller's to lend; the arguments are looked at again after the call. A thread that
        // the interpreter ends in there leaves this frame behind: nothing may wait in it to be dropped.
        let begun = ManuallyDrop::new(begun);
        let result = standard::plainly(function, args, flags, names);
        let mut begun = ManuallyDrop::into_inner(begun);
        if leaving::must_keep_out() {
            return result;
        }
        let _inside = Inside::new();
        if result.is_null() {
            let error = PyErr::fetch(py);
            // Before Python 3.12 an exception learns of its traceback when it is caught.
            if cfg!(not(Py_3_12))
                && let Some(traceback) = error.traceback(py)
            {
                let _ = error.value(py).setattr(intern!(py, "__traceback__"), traceback);
            }
            let told = task.failed(py, core, &mut begun, given, error.value(py).as_any());
            return raised(py, told.err().unwrap_or(error));
        }
        let result = Bound::from_owned_ptr(py, result);
        match task.completed(py, core, &begun, Some(&result)) {
            Ok(()) => result.into_ptr(),
            Err(error) => raised(py, error),
        }
    }
}

fn raised(py: Python<'_>, error: PyErr) -> Object {
    error.restore(py);
    ptr::null_mut()
}

/// What the driver makes of a call: a coroutine or a generator that goes by the function's name.
fn drive<'py>(
    py: Python<'py>,
    driver: &Py<PyAny>,
    function: &Py<PyAny>,
    task: &Py<Task>,
    given: Given<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: arguments are alive while the call lasts; names are a tuple or null.
    let (all, names) = unsafe {
        let all: Vec<_> = given.all.iter().map(|&one| Bound::from_borrowed_ptr(py, one)).collect();
        let names =
            Bound::from_borrowed_ptr_or_opt(py, given.names).map(|names| names.cast_into_unchecked::<PyTuple>());
        (all, names)
    };
    let args = PyTuple::new(py, &all[..given.count])?;
    let named = PyDict::new(py);
    for (name, value) in names.iter().flatten().zip(&all[given.count..]) {
        named.set_item(name, value)?;
    }
    let run = Run::new(task.clone_ref(py), PyTuple::new(py, &all)?.unbind(), given.count, names.map(Bound::unbind));
    let made = driver.bind(py).call1((run, function, args, named))?;
    for name in [intern!(py, "__name__"), intern!(py, "__qualname__")] {
        if let Ok(value) = function.bind(py).getattr(name) {
            made.setattr(name, value)?;
        }
    }
    Ok(made)
}

unsafe extern "C" fn bind(slf: Object, object: Object, _class: Object) -> Object {
    // SAFETY: the descriptor protocol: `object` is null or `None` when the class itself is asked.
    unsafe {
        if object.is_null() || object == ffi::Py_None() {
            ffi::Py_INCREF(slf);
            return slf;
        }
        PyMethod_New(slf, object)
    }
}

unsafe extern "C" {
    fn PyMethod_New(function: Object, object: Object) -> Object;
    fn PyObject_ClearWeakRefs(object: Object);
}

/// An attribute of its own, else one of the function.
unsafe extern "C" fn attribute(slf: Object, name: Object) -> Object {
    // SAFETY: an instance of the type, and a `str`.
    unsafe {
        let found = ffi::PyObject_GenericGetAttr(slf, name);
        let inner = (*slf.cast::<Wrapped>()).inner;
        if !found.is_null() || inner.is_null() || ffi::PyErr_ExceptionMatches(ffi::PyExc_AttributeError) == 0 {
            return found;
        }
        ffi::PyErr_Clear();
        ffi::PyObject_GetAttr((*inner).function.as_ptr(), name)
    }
}

unsafe extern "C" fn represent(slf: Object) -> Object {
    // SAFETY: an instance of the type.
    unsafe {
        let inner = (*slf.cast::<Wrapped>()).inner;
        let function = if inner.is_null() { ffi::Py_None() } else { (*inner).function.as_ptr() };
        ffi::PyUnicode_FromFormat(c"<logged %R>".as_ptr(), function)
    }
}

unsafe extern "C" fn traverse(slf: Object, visit: ffi::visitproc, with: *mut c_void) -> c_int {
    // SAFETY: called by the collector with an instance; pointers are null or owned. Nothing of Python runs but `visit`.
    unsafe {
        let wrapped = slf.cast::<Wrapped>();
        let inner = (*wrapped).inner;
        let held = if inner.is_null() {
            [ptr::null_mut(); 3]
        } else {
            let driver = (*inner).driver.as_ref().map_or(ptr::null_mut(), Py::as_ptr);
            [(*inner).function.as_ptr(), (*inner).task.as_ptr(), driver]
        };
        for object in [ffi::Py_TYPE(slf).cast(), (*wrapped).dict].into_iter().chain(held) {
            if !object.is_null() {
                let stop = visit(object, with);
                if stop != 0 {
                    return stop;
                }
            }
        }
        0
    }
}

unsafe extern "C" fn clear(slf: Object) -> c_int {
    // SAFETY: pointers are taken out before what they own is let go, which may run anything.
    unsafe {
        let wrapped = slf.cast::<Wrapped>();
        let inner = std::mem::replace(&mut (*wrapped).inner, ptr::null_mut());
        let dict = std::mem::replace(&mut (*wrapped).dict, ptr::null_mut());
        if !inner.is_null() {
            drop(Box::from_raw(inner));
        }
        ffi::Py_XDECREF(dict);
        0
    }
}

unsafe extern "C" fn free(slf: Object) {
    // SAFETY: called once, with an instance that nothing refers to any more.
    unsafe {
        let class = ffi::Py_TYPE(slf);
        ffi::PyObject_GC_UnTrack(slf.cast());
        if !(*slf.cast::<Wrapped>()).weak.is_null() {
            PyObject_ClearWeakRefs(slf);
        }
        clear(slf);
        if let Some(free) = (*class).tp_free {
            free(slf.cast());
        }
        ffi::Py_DECREF(class.cast());
    }
}

/// Told by a class body what it is called there: the function is a method.
unsafe extern "C" fn set_name(slf: Object, _args: Object) -> Object {
    // SAFETY: an instance of the type.
    unsafe {
        let inner = (*slf.cast::<Wrapped>()).inner;
        if !inner.is_null() {
            (*inner).task.get().is_method();
        }
        ffi::Py_INCREF(ffi::Py_None());
        ffi::Py_None()
    }
}

/// Pickled as functions are: by name, or as a function that is decorated again.
unsafe extern "C" fn reduce(slf: Object, _protocol: Object) -> Object {
    // SAFETY: an instance of the type.
    let (py, slf) = unsafe {
        let py = Python::assume_attached();
        (py, Bound::from_borrowed_ptr(py, slf))
    };
    told(py, intern!(py, "reduce_wrapped"), (slf,))
}

/// The class that it gives itself out for: libraries ask `isinstance(f, FunctionType)` before they treat `f` as a function.
unsafe extern "C" fn class_of(slf: Object, _closure: *mut c_void) -> Object {
    // SAFETY: an instance of the type.
    unsafe {
        let py = Python::assume_attached();
        let inner = (*slf.cast::<Wrapped>()).inner;
        let function = if inner.is_null() { py.None() } else { (*inner).function.clone_ref(py) };
        told(py, intern!(py, "class_of"), (Bound::from_borrowed_ptr(py, slf), function))
    }
}

/// What a function of `bongsu._pickle` says.
fn told<'py>(py: Python<'py>, function: &Bound<'py, PyString>, args: impl PyCallArgs<'py>) -> Object {
    let made = py.import(intern!(py, "bongsu._pickle")).and_then(|module| module.call_method1(function, args));
    match made {
        Ok(made) => made.into_ptr(),
        Err(error) => raised(py, error),
    }
}

/// Tables that the type keeps pointers to.
struct Tables {
    members: [ffi::PyMemberDef; 4],
    methods: [ffi::PyMethodDef; 3],
    getset: [ffi::PyGetSetDef; 3],
}

fn tables() -> Tables {
    let member = |name: &'static std::ffi::CStr, offset: usize| ffi::PyMemberDef {
        name: name.as_ptr(),
        type_code: ffi::Py_T_PYSSIZET,
        offset: offset as ffi::Py_ssize_t,
        flags: ffi::Py_READONLY,
        doc: ptr::null(),
    };
    let method = |name: &'static std::ffi::CStr, of: ffi::PyCFunction, flags: c_int| ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: of },
        ml_flags: flags,
        ml_doc: ptr::null(),
    };
    Tables {
        members: [
            member(c"__vectorcalloffset__", offset_of!(Wrapped, call)),
            member(c"__dictoffset__", offset_of!(Wrapped, dict)),
            member(c"__weaklistoffset__", offset_of!(Wrapped, weak)),
            ffi::PyMemberDef::default(),
        ],
        methods: [
            method(c"__set_name__", set_name, ffi::METH_VARARGS),
            method(c"__reduce_ex__", reduce, ffi::METH_O),
            ffi::PyMethodDef::zeroed(),
        ],
        getset: [
            ffi::PyGetSetDef {
                name: c"__dict__".as_ptr(),
                get: Some(ffi::PyObject_GenericGetDict),
                set: Some(ffi::PyObject_GenericSetDict),
                doc: ptr::null(),
                closure: ptr::null_mut(),
            },
            ffi::PyGetSetDef {
                name: c"__class__".as_ptr(),
                get: Some(class_of),
                set: None,
                doc: ptr::null(),
                closure: ptr::null_mut(),
            },
            ffi::PyGetSetDef::default(),
        ],
    }
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    let class = CLASS.get_or_try_init(py, || {
        // The type is there as long as the process, and so are its tables.
        let tables = Box::leak(Box::new(tables()));
        let slot = |slot: c_int, pfunc: *mut c_void| ffi::PyType_Slot { slot, pfunc };
        let mut slots = [
            slot(ffi::Py_tp_dealloc, free as *mut c_void),
            slot(ffi::Py_tp_traverse, traverse as *mut c_void),
            slot(ffi::Py_tp_clear, clear as *mut c_void),
            slot(ffi::Py_tp_call, ffi::PyVectorcall_Call as *mut c_void),
            slot(ffi::Py_tp_descr_get, bind as *mut c_void),
            slot(ffi::Py_tp_getattro, attribute as *mut c_void),
            slot(ffi::Py_tp_repr, represent as *mut c_void),
            slot(ffi::Py_tp_members, tables.members.as_mut_ptr().cast()),
            slot(ffi::Py_tp_methods, tables.methods.as_mut_ptr().cast()),
            slot(ffi::Py_tp_getset, tables.getset.as_mut_ptr().cast()),
            ffi::PyType_Slot::default(),
        ];
        let flags = ffi::Py_TPFLAGS_DEFAULT
            | ffi::Py_TPFLAGS_HAVE_GC
            | ffi::Py_TPFLAGS_HAVE_VECTORCALL
            | ffi::Py_TPFLAGS_METHOD_DESCRIPTOR;
        let mut spec = ffi::PyType_Spec {
            name: c"bongsu._core.Wrapped".as_ptr(),
            basicsize: size_of::<Wrapped>() as c_int,
            itemsize: 0,
            flags: flags as std::ffi::c_uint,
            slots: slots.as_mut_ptr(),
        };
        // SAFETY: slots end with a null one and fit the layout above.
        let made = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyType_FromSpec(&raw mut spec))? };
        Ok::<_, PyErr>(made.cast_into::<PyType>()?.unbind())
    })?;
    Ok(class.bind(py))
}
