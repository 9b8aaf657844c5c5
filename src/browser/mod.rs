//! Everything that touches the browser: all web-sys is in here.
