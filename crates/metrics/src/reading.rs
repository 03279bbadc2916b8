//! Figures that are read when somebody asks.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;

/// What a [`Source`](crate::Source) tells. Names are whole, units included, but for the `_total` of a counter and the `_info` of a
/// text, which are added: <https://prometheus.io/docs/practices/naming/>
#[derive(Debug, Default)]
pub struct Readings(Vec<Reading>);

#[derive(Debug)]
struct Reading {
    name: &'static str,
    help: &'static str,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Counter(f64),
    Gauge(f64),
    Text(&'static str, String),
}

impl Readings {
    /// Something that only grows while the process runs.
    pub fn counter(&mut self, name: &'static str, help: &'static str, value: f64) {
        self.0.push(Reading { name, help, value: Value::Counter(value) });
    }

    /// Something that goes up and down.
    pub fn gauge(&mut self, name: &'static str, help: &'static str, value: f64) {
        self.0.push(Reading { name, help, value: Value::Gauge(value) });
    }

    /// A text, as the value of a label.
    pub fn text(&mut self, name: &'static str, help: &'static str, label: &'static str, value: impl Into<String>) {
        self.0.push(Reading { name, help, value: Value::Text(label, value.into()) });
    }
}

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Reading { name, help, value } in &self.0 {
            let mut encode = |metric: &dyn Encode| metric.encode_as(name, help, &mut encoder);
            match value {
                Value::Counter(value) => encode(&ConstCounter::new(*value))?,
                Value::Gauge(value) => encode(&ConstGauge::new(*value))?,
                Value::Text(label, value) => encode(&Info::new([(*label, value.as_str())]))?,
            }
        }
        Ok(())
    }
}

/// A metric with one value.
trait Encode {
    fn encode_as(&self, name: &str, help: &str, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result;
}

impl<M: EncodeMetric> Encode for M {
    fn encode_as(&self, name: &str, help: &str, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        self.encode(encoder.encode_descriptor(name, help, None, self.metric_type())?)
    }
}
