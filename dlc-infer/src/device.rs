//! Where a network runs: chosen by the caller, never by what happens to be compiled in.

use std::{fmt, str::FromStr};

#[cfg(feature = "wgpu")]
use burn::tensor::Device as BurnDevice;

#[cfg(feature = "wgpu")]
use crate::executor::tensors;
use crate::{executor::InstructionSet, precision::Precision};

/// Where the caller wants a network to run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// The first GPU, or else the CPU. An adapter that is software on the CPU is never taken.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The adapter with this index in [`adapters`], or whose name contains these words (in any
    /// case). Software adapters can be named.
    Adapter(String),
    /// The CPU, each operation computed by its definition: slow, for comparisons.
    Reference,
    /// A device that the caller brings.
    #[cfg(feature = "wgpu")]
    Embedded(crate::embed::EmbeddedDevice),
}

/// Parses `auto`, `cpu`, `reference`, or else the name or index of an adapter.
impl From<&str> for DeviceChoice {
    fn from(choice: &str) -> Self {
        match choice {
            "auto" => Self::Auto,
            "cpu" => Self::Cpu,
            "reference" => Self::Reference,
            name => Self::Adapter(name.to_owned()),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = std::convert::Infallible;

    fn from_str(choice: &str) -> Result<Self, Self::Err> {
        Ok(choice.into())
    }
}

/// A graphics adapter that this build and this machine can use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Adapter {
    /// The adapter as its driver names it.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
}

/// What an adapter is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AdapterKind {
    /// A card of its own.
    Discrete,
    /// Part of the processor.
    Integrated,
    /// A share of a card, in a virtual machine.
    Virtual,
    /// Software on the CPU, such as lavapipe.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete GPU",
            Self::Integrated => "integrated GPU",
            Self::Virtual => "virtual GPU",
            Self::Software => "software on the CPU",
        })
    }
}

/// Lists the adapters, in the order of their index.
///
/// Opens each one to learn its name. Always empty without the feature `wgpu`.
pub fn adapters() -> Vec<Adapter> {
    #[cfg(feature = "wgpu")]
    return listed().into_iter().map(|(adapter, _)| adapter).collect();
    #[cfg(not(feature = "wgpu"))]
    return Vec::new();
}

/// An error returned when there is no such device.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no adapter {wanted:?}: {}", found(.adapters))]
pub struct OpenDeviceError {
    wanted: String,
    adapters: Vec<Adapter>,
}

fn found(adapters: &[Adapter]) -> String {
    if !cfg!(feature = "wgpu") {
        return "this build knows no adapters, only `cpu`; build with the feature `wgpu`".into();
    }
    if adapters.is_empty() {
        return "there is none on this machine, only `cpu`".into();
    }
    let names = adapters
        .iter()
        .enumerate()
        .map(|(index, adapter)| format!("{index} = {} ({})", adapter.name, adapter.kind));
    format!("there are {}", names.collect::<Vec<_>>().join(", "))
}

/// A device that a network can be put on.
#[derive(Clone, Debug)]
pub(crate) enum Opened {
    Reference,
    Cpu,
    #[cfg(feature = "wgpu")]
    Burn {
        device: BurnDevice,
        name: String,
    },
}

impl Opened {
    /// Returns whether it has numbers of this precision; a CPU by these instructions.
    pub(crate) fn has(&self, precision: Precision, instruction_set: InstructionSet) -> bool {
        match self {
            Self::Reference => precision == Precision::Full,
            Self::Cpu => instruction_set.has(precision),
            #[cfg(feature = "wgpu")]
            Self::Burn { device, .. } => tensors::has(device, precision),
        }
    }

    /// Returns what results say they were made on.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Reference => "reference",
            Self::Cpu => "cpu",
            #[cfg(feature = "wgpu")]
            Self::Burn { name, .. } => name,
        }
    }
}

pub(crate) fn open(choice: &DeviceChoice) -> Result<Opened, OpenDeviceError> {
    match choice {
        DeviceChoice::Reference => Ok(Opened::Reference),
        DeviceChoice::Cpu => Ok(Opened::Cpu),
        #[cfg(feature = "wgpu")]
        DeviceChoice::Embedded(embedded) => Ok(Opened::Burn {
            device: embedded.device().clone(),
            name: embedded.name().to_owned(),
        }),
        DeviceChoice::Auto => Ok(first_gpu().unwrap_or(Opened::Cpu)),
        DeviceChoice::Adapter(wanted) => named(wanted).ok_or_else(|| OpenDeviceError {
            wanted: wanted.clone(),
            adapters: adapters(),
        }),
    }
}

#[cfg(not(feature = "wgpu"))]
fn first_gpu() -> Option<Opened> {
    None
}

#[cfg(not(feature = "wgpu"))]
fn named(_: &str) -> Option<Opened> {
    None
}

#[cfg(feature = "wgpu")]
fn first_gpu() -> Option<Opened> {
    let mut listed = listed().into_iter();
    let gpu = listed.find(|(adapter, _)| adapter.kind != AdapterKind::Software);
    gpu.map(opened)
}

/// Returns the adapter with this index, or whose name contains these words.
#[cfg(feature = "wgpu")]
fn named(wanted: &str) -> Option<Opened> {
    let mut listed = listed().into_iter();
    let found = match wanted.parse() {
        Ok(index) => listed.nth(index),
        Err(_) => {
            let wanted = wanted.to_lowercase();
            listed.find(|(adapter, _)| adapter.name.to_lowercase().contains(&wanted))
        }
    };
    found.map(opened)
}

#[cfg(feature = "wgpu")]
fn opened((adapter, device): (Adapter, BurnDevice)) -> Opened {
    Opened::Burn {
        device,
        name: adapter.name,
    }
}

#[cfg(feature = "wgpu")]
fn listed() -> Vec<(Adapter, BurnDevice)> {
    use burn::tensor::DeviceType;

    let devices = BurnDevice::enumerate(DeviceType::Wgpu).into_vec();
    let count = devices.len();
    let adapter = |device: BurnDevice| {
        let kind = kind(&device, count);
        let name = device.identity()?.name;
        Some((Adapter { name, kind }, device))
    };
    devices.into_iter().filter_map(adapter).collect()
}

/// Returns what an enumerated device is.
///
/// `burn` tells the kind of a device only by being asked for one of that kind. What is neither a
/// discrete, an integrated nor a virtual GPU counts as software, so that it is never taken unasked.
#[cfg(feature = "wgpu")]
fn kind(device: &BurnDevice, count: usize) -> AdapterKind {
    use burn::tensor::DeviceKind;

    let is = |of: fn(usize) -> DeviceKind| {
        (0..count).any(|index| *device == BurnDevice::wgpu(of(index)))
    };
    if is(DeviceKind::DiscreteGpu) {
        AdapterKind::Discrete
    } else if is(DeviceKind::IntegratedGpu) {
        AdapterKind::Integrated
    } else if is(DeviceKind::VirtualGpu) {
        AdapterKind::Virtual
    } else {
        AdapterKind::Software
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_that_is_not_there_is_an_error_that_says_what_is() {
        let error = open(&DeviceChoice::from("no such card")).unwrap_err();

        assert!(
            error
                .to_string()
                .starts_with("no adapter \"no such card\": ")
        );
        assert!(error.to_string().contains("cpu") || cfg!(feature = "wgpu"));
    }

    #[test]
    fn a_software_adapter_is_never_taken_unasked() {
        let adapters = adapters();
        let is_gpu = |adapter: &Adapter| adapter.kind != AdapterKind::Software;
        match open(&DeviceChoice::Auto).unwrap() {
            Opened::Reference => panic!("`auto` never takes the reference"),
            Opened::Cpu => assert!(!adapters.iter().any(is_gpu)),
            #[cfg(feature = "wgpu")]
            Opened::Burn { name, .. } => {
                assert!(adapters.iter().any(|a| is_gpu(a) && a.name == name));
            }
        }
    }
}
