//! Background workers: when to run, retry and pace what the engine has to do later.
//!
//! A [`Worker`] does a bounded piece of work and says whether there is more. [`Jobs`] runs each worker in a task of its own:
//! on from one piece to the next at a bounded pace, again when it is woken or its time has come, later and later while it
//! fails. A worker that fails or panics holds up nobody else.

mod reclaimer;
mod runner;
mod schedule;
mod scrubber;
mod worker;

pub use reclaimer::Reclaimer;
pub use runner::{Jobs, Stopped};
pub use schedule::Schedule;
pub use scrubber::{ScrubSchedule, ScrubState, Scrubber};
pub use worker::{Progress, Worker, WorkerError};
