//! Requests as they end.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use larder_http::{OperationName, RequestLog, RequestLogEntry};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use crate::durations::Durations;

/// Stands for the operation of requests that are for none, or were refused before it was known.
const UNKNOWN: OperationName = OperationName { service: "unknown", operation: "unknown" };

/// Statuses have three digits, the first of them 1 to 5.
const STATUSES: usize = 500;

/// Counts requests by their operation.
#[derive(Default)]
pub struct RequestMetrics {
    /// Grows to the number of operations that were asked for.
    operations: RwLock<HashMap<OperationName, Arc<Operation>>>,
}

/// The requests for one operation.
struct Operation {
    by_status: [AtomicU64; STATUSES],
    answered_after: Durations,
    duration: Durations,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    aborted: AtomicU64,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            by_status: [const { AtomicU64::new(0) }; STATUSES],
            answered_after: Durations::default(),
            duration: Durations::default(),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            aborted: AtomicU64::new(0),
        }
    }
}

impl fmt::Debug for RequestMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMetrics").finish_non_exhaustive()
    }
}

impl RequestMetrics {
    fn operation(&self, name: OperationName) -> Arc<Operation> {
        // A map is whole whatever panics beside it.
        let known = self.operations.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        known.unwrap_or_else(|| {
            let mut operations = self.operations.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(operations.entry(name).or_default())
        })
    }

    /// In the order of their names.
    fn all(&self) -> Vec<(OperationName, Arc<Operation>)> {
        let operations = self.operations.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = operations.iter().map(|(name, operation)| (*name, Arc::clone(operation))).collect();
        drop(operations);
        all.sort_unstable_by_key(|(name, _)| (name.service, name.operation));
        all
    }
}

impl RequestLog for RequestMetrics {
    fn record(&self, entry: &RequestLogEntry) {
        let operation = self.operation(entry.asked.unwrap_or(UNKNOWN));
        if let Some(requests) = operation.by_status.get(usize::from(entry.status.as_u16()).saturating_sub(100)) {
            requests.fetch_add(1, Ordering::Relaxed);
        }
        operation.answered_after.observe(entry.answered_after);
        operation.duration.observe(entry.duration);
        operation.bytes_in.fetch_add(entry.bytes_in, Ordering::Relaxed);
        operation.bytes_out.fetch_add(entry.bytes_out, Ordering::Relaxed);
        operation.aborted.fetch_add(u64::from(entry.aborted), Ordering::Relaxed);
    }
}

type Labels = [(&'static str, &'static str); 2];

impl Collector for RequestMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.all();
        let mut family =
            |name, help, kind, write: &dyn Fn(&mut MetricEncoder<'_>, &Labels, &Operation) -> fmt::Result| {
                let mut metric = encoder.encode_descriptor(name, help, None, kind)?;
                all.iter().try_for_each(|(name, operation)| {
                    write(&mut metric, &[("service", name.service), ("operation", name.operation)], operation)
                })
            };
        family(
            "larder_http_requests",
            "Requests that ended, by the status of their answer",
            MetricType::Counter,
            &by_status,
        )?;
        family(
            "larder_http_response_start_seconds",
            "From a request's head to its answer's",
            MetricType::Histogram,
            &|metric, labels, operation| distribution(metric, labels, &operation.answered_after),
        )?;
        family(
            "larder_http_request_duration_seconds",
            "From a request's head to the end of its answer",
            MetricType::Histogram,
            &|metric, labels, operation| distribution(metric, labels, &operation.duration),
        )?;
        family(
            "larder_http_request_bytes",
            "Bytes of request bodies that were received",
            MetricType::Counter,
            &|metric, labels, operation| count(metric, labels, &operation.bytes_in),
        )?;
        family(
            "larder_http_response_bytes",
            "Bytes of answer bodies that were sent",
            MetricType::Counter,
            &|metric, labels, operation| count(metric, labels, &operation.bytes_out),
        )?;
        family(
            "larder_http_requests_aborted",
            "Requests whose answer did not reach its end",
            MetricType::Counter,
            &|metric, labels, operation| count(metric, labels, &operation.aborted),
        )
    }
}

fn by_status(metric: &mut MetricEncoder<'_>, labels: &Labels, operation: &Operation) -> fmt::Result {
    for (status, requests) in (100_u64..).zip(&operation.by_status) {
        let requests = requests.load(Ordering::Relaxed);
        if requests > 0 {
            let labels = (*labels, [("code", status)]);
            metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&requests, None)?;
        }
    }
    Ok(())
}

fn count(metric: &mut MetricEncoder<'_>, labels: &Labels, count: &AtomicU64) -> fmt::Result {
    metric.encode_family(labels)?.encode_counter::<NoLabelSet, _, f64>(&count.load(Ordering::Relaxed), None)
}

fn distribution(metric: &mut MetricEncoder<'_>, labels: &Labels, durations: &Durations) -> fmt::Result {
    let read = durations.read();
    metric.encode_family(labels)?.encode_histogram::<NoLabelSet>(read.seconds, read.count, &read.buckets, None)
}
