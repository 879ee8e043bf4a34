//! Line formats: recognise, parse, render; multi-line joining
