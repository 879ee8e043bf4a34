//! Python's strings as UTF-8 and back, without copies that they would keep.

use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A `str` as UTF-8, see [`push_str`].
pub(crate) fn bytes(text: &Bound<'_, PyString>) -> Vec<u8> {
    let mut out = Vec::new();
    // SAFETY: a `str`.
    unsafe { push_str(text.as_ptr(), &mut out) };
    out
}

/// Appends a `str` to `out`, see [`push_str`].
pub(crate) fn push_string(text: &Bound<'_, PyString>, out: &mut String) {
    // SAFETY: a `str`; what is appended is UTF-8.
    unsafe { push_str(text.as_ptr(), out.as_mut_vec()) };
}

/// The same as text.
pub(crate) fn string(text: &Bound<'_, PyString>) -> String {
    let mut out = String::new();
    push_string(text, &mut out);
    out
}

/// Whether a `str` has nothing but ASCII.
///
/// # Safety
/// `text` is an exact `str` or a subclass's instance, alive.
#[cfg(not(Py_3_14))]
pub(crate) unsafe fn is_ascii(text: *mut ffi::PyObject) -> bool {
    // SAFETY: as the caller promises.
    unsafe { ffi::PyUnicode_IS_ASCII(text) != 0 }
}

/// As above. The bit that tells has no place that is known since 3.14: the letters are looked at instead.
///
/// # Safety
/// As above.
#[cfg(Py_3_14)]
pub(crate) unsafe fn is_ascii(text: *mut ffi::PyObject) -> bool {
    // SAFETY: a `str` of kind 1 has its length in bytes, which do not change while it lives.
    unsafe {
        ffi::PyUnicode_KIND(text) == ffi::PyUnicode_1BYTE_KIND
            && slice::from_raw_parts(ffi::PyUnicode_DATA(text).cast::<u8>(), ffi::PyUnicode_GET_LENGTH(text) as usize)
                .is_ascii()
    }
}

/// Appends a `str` to `out` as UTF-8. A lone surrogate, which UTF-8 has no bytes for, is written as `\udc80`.
///
/// # Safety
/// `text` is an exact `str` or a subclass's instance, alive; the caller is attached to the interpreter.
pub(crate) unsafe fn push_str(text: *mut ffi::PyObject, out: &mut Vec<u8>) {
    // SAFETY: a `str` has a kind, a length and that many units of data, which do not change while it lives.
    unsafe {
        let length = ffi::PyUnicode_GET_LENGTH(text) as usize;
        let data = ffi::PyUnicode_DATA(text);
        if is_ascii(text) {
            out.extend_from_slice(slice::from_raw_parts(data.cast::<u8>(), length));
            return;
        }
        match ffi::PyUnicode_KIND(text) {
            1 => slice::from_raw_parts(data.cast::<u8>(), length)
                .iter()
                .for_each(|&unit| push_char(u32::from(unit), out)),
            2 => slice::from_raw_parts(data.cast::<u16>(), length)
                .iter()
                .for_each(|&unit| push_char(u32::from(unit), out)),
            _ => slice::from_raw_parts(data.cast::<u32>(), length).iter().for_each(|&unit| push_char(unit, out)),
        }
    }
}

fn push_char(unit: u32, out: &mut Vec<u8>) {
    if let Some(char) = char::from_u32(unit) {
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
    }
}

/// Appends a number in decimal.
pub(crate) fn push_int(number: i64, out: &mut Vec<u8>) {
    const LONGEST: usize = 20;
    let mut digits = [0u8; LONGEST];
    let mut at = LONGEST;
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

/// A new `str` of these bytes, or null with an exception set. The bytes are UTF-8.
///
/// # Safety
/// The caller is attached to the interpreter.
pub(crate) unsafe fn new_str(bytes: &[u8]) -> *mut ffi::PyObject {
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: `PyUnicode_New` gives room for `length` units of one byte when the greatest is 127.
    unsafe {
        if bytes.is_ascii() {
            let made = ffi::PyUnicode_New(length, 127);
            if !made.is_null() {
                bytes.as_ptr().copy_to_nonoverlapping(ffi::PyUnicode_DATA(made).cast(), bytes.len());
            }
            made
        } else {
            ffi::PyUnicode_DecodeUTF8(bytes.as_ptr().cast(), length, c"replace".as_ptr())
        }
    }
}

/// Appends `text` and blanks up to `width` columns.
pub(crate) fn push_padded(text: &[u8], width: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(text);
    let columns = text.iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
    out.resize(out.len() + width.saturating_sub(columns), b' ');
}
