//! Query languages to one filter tree to DataFusion
