//! Inbound: files, standard input, archives; what has been read is remembered
