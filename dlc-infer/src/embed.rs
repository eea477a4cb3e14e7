//! For programs that bring their own wgpu device.
//!
//! A program that draws or computes with wgpu already shares its adapter, device and queue with the
//! networks: the memory of one card is then used by one device, and work is submitted in the order
//! in which it was asked for. This is the only module with types of [`burn`](https://burn.dev) and wgpu
//! in its signatures; [`wgpu`] is the version of it whose handles are accepted.
//!
//! # Examples
//!
//! ```no_run
//! use dlc_infer::{
//!     EstimatorOptions, PoseEstimator,
//!     embed::{EmbeddedDevice, WgpuSetup},
//! };
//! # fn example(
//! #     setup: WgpuSetup,
//! #     config: dlc_model::NetworkConfig,
//! #     weights: dlc_model::Weights,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let device = EmbeddedDevice::register(setup)?; // once
//!
//! let options = EstimatorOptions::default().with_device(device.into());
//! let estimator = PoseEstimator::load(&config, weights, &options)?;
//! # Ok(())
//! # }
//! ```

use burn::tensor::Device;
pub use burn::tensor::wgpu::{WgpuInitError, WgpuSetup, wgpu};

use crate::DeviceChoice;

/// A wgpu device of the caller that networks can be put on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EmbeddedDevice {
    device: Device,
    name: String,
}

impl EmbeddedDevice {
    /// Registers the handles of a program: its instance, adapter, device and queue.
    ///
    /// Once for each setup; clones of the answer share it. `burn` keeps the handles until the
    /// program ends. Poses come back to the CPU, so nobody has to wait for the queue.
    ///
    /// The device must have been requested with the features and limits of its adapter: `burn`
    /// chooses its kernels by what the adapter can do.
    ///
    /// # Errors
    ///
    /// Returns an error when the handles do not belong together, or when the device lacks what the
    /// networks need.
    pub fn register(setup: WgpuSetup) -> Result<Self, WgpuInitError> {
        let name = setup.adapter.get_info().name;
        let device = Device::wgpu_options().setup(setup).init()?;
        Ok(Self { device, name })
    }

    /// Takes a device that the program uses with `burn` already.
    ///
    /// `name` is what [`PoseEstimator::device`](crate::PoseEstimator::device) answers.
    pub fn from_burn(device: Device, name: impl Into<String>) -> Self {
        Self {
            device,
            name: name.into(),
        }
    }

    /// Returns the device as `burn` knows it.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Returns the name of the adapter.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl From<EmbeddedDevice> for DeviceChoice {
    fn from(device: EmbeddedDevice) -> Self {
        Self::Embedded(device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{self, Opened};

    /// Handles as a program makes them, on an adapter of this machine.
    fn setup() -> Option<WgpuSetup> {
        let descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        let instance = wgpu::Instance::new(descriptor);
        let adapter = answer(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
        let Ok(adapter) = adapter else {
            testing::skip(testing::Need::Adapter, "no adapter on this machine");
            return None;
        };
        let experimental = wgpu::Features::all_experimental_mask();
        let descriptor = wgpu::DeviceDescriptor {
            required_features: adapter.features().difference(experimental),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = answer(adapter.request_device(&descriptor)).unwrap();
        Some(WgpuSetup {
            backend: adapter.get_info().backend,
            instance,
            adapter,
            device,
            queue,
        })
    }

    #[test]
    fn handles_of_the_program_are_a_device_on_its_adapter() {
        let Some(own) = setup() else { return };
        let info = own.adapter.get_info();

        let embedded = EmbeddedDevice::register(own).unwrap();

        assert_eq!(embedded.name(), info.name);
        let opened = device::open(&embedded.clone().into()).unwrap();
        let Opened::Burn { device, name, .. } = opened else {
            panic!("an embedded device is one of burn");
        };
        assert_eq!(
            (&device, name.as_str()),
            (embedded.device(), embedded.name())
        );
        let sum = burn::tensor::Tensor::<1>::from_floats([1.0, 2.0, 3.0], &device).sum();
        assert!((sum.into_scalar::<f32>() - 6.0).abs() < 1e-6);
    }

    /// Waits for an answer that comes without a runtime.
    fn answer<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(answer) = future.as_mut().poll(&mut context) {
                return answer;
            }
            std::thread::yield_now();
        }
    }
}
