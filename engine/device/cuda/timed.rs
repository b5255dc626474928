//! How long each dispatch of a run takes, by events of the card.

use std::time::Duration;

use cudarc::driver::{CudaEvent, DriverError, sys::CUevent_flags};

use super::{Cuda, card::failed, memory};
use crate::device::{Result, gpu::Dispatch};

/// Runs dispatches with an event before the first and after each, and waits; how long each took,
/// from the end of the one before it.
pub(super) fn run(cuda: &Cuda, dispatches: &[Dispatch<'_, Cuda>]) -> Result<Vec<Duration>> {
    for dispatch in dispatches {
        cuda.check(dispatch)?;
    }
    memory::bind(&cuda.stream)?;
    let started = start(cuda, dispatches);
    // Waited for in any case: what was started uses the buffers.
    let ended = cuda.stream.synchronize();
    let times = started.and_then(|events| {
        ended?;
        events.windows(2).map(|pair| pair[0].elapsed_ms(&pair[1])).collect::<Result<Vec<_>, _>>()
    });
    let times = times.map_err(failed("time kernels"))?;
    Ok(times.into_iter().map(|ms| Duration::from_secs_f64(f64::from(ms) * 1e-3)).collect())
}

/// Starts the dispatches; the events around them.
fn start(cuda: &Cuda, dispatches: &[Dispatch<'_, Cuda>]) -> Result<Vec<CudaEvent>, DriverError> {
    let flags = Some(CUevent_flags::CU_EVENT_DEFAULT);
    let event = |_| cuda.card.context.new_event(flags);
    let events = (0..=dispatches.len()).map(event).collect::<Result<Vec<_>, _>>()?;
    events[0].record(&cuda.stream)?;
    for (dispatch, after) in dispatches.iter().zip(&events[1..]) {
        // Of an empty grid nothing runs.
        if !dispatch.grid.contains(&0) {
            dispatch.kernel.launch(dispatch).start(&cuda.stream)?;
        }
        after.record(&cuda.stream)?;
    }
    Ok(events)
}
