"""The engines that are compared, a module each."""
