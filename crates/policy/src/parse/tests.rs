//! Tests of what each kind of document accepts and refuses.
