//! Which Python the module is built for, and what the linker must be told (macOS wants to hear that symbols come later).

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
    pyo3_build_config::add_extension_module_link_args();
}
