//! Launches, and runs of them that repeat: those are recorded once and started together.

use std::{ffi::c_void, fmt, ptr, sync::Arc};

use cudarc::driver::{
    CudaFunction, CudaGraph, CudaStream, DriverError,
    sys::{self, CUdeviceptr, CUstreamCaptureMode},
};

/// Runs of fewer launches are not worth recording.
const LEAST: usize = 16;

/// A kernel with all that it is given.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) function: CudaFunction,
    /// Threads of a workgroup.
    pub(super) threads: u32,
    /// Whether it may begin while the launch before it ends.
    pub(super) overlaps: bool,
    /// Bytes of workgroup memory beyond what the kernel declares.
    pub(super) given_bytes: u32,
    pub(super) grid: [u32; 3],
    pub(super) addresses: Vec<CUdeviceptr>,
    pub(super) immediates: Vec<u32>,
}

impl PartialEq for Launch {
    /// A function that lives keeps its handle to itself.
    fn eq(&self, other: &Self) -> bool {
        let handle = |launch: &Self| launch.function.cu_function();
        ptr::eq(handle(self), handle(other))
            && (self.grid, &self.addresses, &self.immediates)
                == (other.grid, &other.addresses, &other.immediates)
    }
}

impl Launch {
    /// Starts it; what it uses must outlive what the stream does.
    pub(super) fn start(&self, stream: &CudaStream) -> Result<(), DriverError> {
        let pointer = |address: &CUdeviceptr| ptr::from_ref(address).cast_mut().cast();
        let mut arguments: Vec<*mut c_void> = self.addresses.iter().map(pointer).collect();
        if !self.immediates.is_empty() {
            arguments.push(self.immediates.as_ptr().cast_mut().cast());
        }
        let [grid_x, grid_y, grid_z] = self.grid;
        let mut overlap = sys::CUlaunchAttribute {
            id: sys::CUlaunchAttributeID::CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION,
            pad: [0; 4],
            value: sys::CUlaunchAttributeValue { programmaticStreamSerializationAllowed: 1 },
        };
        let config = sys::CUlaunchConfig {
            gridDimX: grid_x,
            gridDimY: grid_y,
            gridDimZ: grid_z,
            blockDimX: self.threads,
            blockDimY: 1,
            blockDimZ: 1,
            sharedMemBytes: self.given_bytes,
            hStream: stream.cu_stream(),
            attrs: &raw mut overlap,
            numAttrs: u32::from(self.overlaps),
        };
        // SAFETY: the function's parameters are, by the text that it was made from, an address for
        // each binding and one struct of all immediates, and the dispatch was checked for their
        // numbers. The driver only reads them and the configuration, during the call. A kernel that
        // may overlap waits before it touches what others write. The kernel keeps to its arrays,
        // which the tests of every launch check.
        unsafe {
            let (function, arguments) = (self.function.cu_function(), arguments.as_mut_ptr());
            sys::cuLaunchKernelEx(&raw const config, function, arguments, ptr::null_mut()).result()
        }
    }
}

/// The launches of the run before, recorded where they came twice.
#[derive(Default)]
pub(super) struct Replay {
    launches: Vec<Launch>,
    graph: Option<Recorded>,
}

/// A recorded run.
struct Recorded(CudaGraph);

// SAFETY: the driver's objects belong to a context, not to a thread; what is recorded is started
// and dropped through exclusive references only.
unsafe impl Send for Recorded {}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { launches, graph } = self;
        write!(f, "{} launches, recorded: {}", launches.len(), graph.is_some())
    }
}

impl Replay {
    /// Starts `launches` in order. The one that fails, with its place, unless it is the record.
    pub(super) fn start(
        &mut self,
        stream: &Arc<CudaStream>,
        launches: Vec<Launch>,
    ) -> Result<(), (Option<usize>, DriverError)> {
        let repeats = launches.len() >= LEAST && launches == self.launches;
        if !repeats {
            self.graph = None;
            self.launches = launches;
            return start_each(stream, &self.launches);
        }
        let recorded = match self.graph.take() {
            Some(recorded) => recorded,
            None => record(stream, &self.launches)?,
        };
        recorded.0.launch().map_err(|error| (None, error))?;
        self.graph = Some(recorded);
        Ok(())
    }
}

fn start_each(
    stream: &CudaStream,
    launches: &[Launch],
) -> Result<(), (Option<usize>, DriverError)> {
    let start = |(place, launch): (usize, &Launch)| {
        launch.start(stream).map_err(|error| (Some(place), error))
    };
    launches.iter().enumerate().try_for_each(start)
}

/// Records the start of `launches` without running them.
fn record(
    stream: &Arc<CudaStream>,
    launches: &[Launch],
) -> Result<Recorded, (Option<usize>, DriverError)> {
    let whole = |error| (None, error);
    let mode = CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    stream.begin_capture(mode).map_err(whole)?;
    let started = start_each(stream, launches);
    // Ended in any case: a stream that records runs nothing.
    let graph = stream.end_capture(sys::CUgraphInstantiate_flags_enum(0)).map_err(whole);
    started?;
    let invalid = || (None, DriverError(sys::CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED));
    graph?.map(Recorded).ok_or_else(invalid)
}
