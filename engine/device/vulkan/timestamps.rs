//! When each dispatch of a run ended, by the device's own clock.

use std::{sync::Arc, time::Duration};

use ash::vk;

use super::context::{Context, Owned, failed};
use crate::device::{Error, Result};

/// One time before the dispatches of a run, and one after each.
#[derive(Debug)]
pub(super) struct Timestamps {
    context: Arc<Context>,
    pool: Owned<vk::QueryPool>,
    /// Times in the pool.
    count: u32,
}

impl Timestamps {
    /// Room for the times of so many dispatches.
    ///
    /// # Errors
    ///
    /// [`Error::Untimed`] when the device has no clock.
    pub(super) fn new(context: &Arc<Context>, dispatches: usize) -> Result<Self> {
        if context.profile.limits.timestamp_compute_and_graphics == vk::FALSE {
            return Err(Error::Untimed { device: context.profile.name.clone() });
        }
        let count = u32::try_from(dispatches + 1).unwrap_or(u32::MAX);
        let info = vk::QueryPoolCreateInfo::default()
            .query_type(vk::QueryType::TIMESTAMP)
            .query_count(count);
        let pool = Owned::create(context, "make a pool of times", |device| {
            // SAFETY: no further obligations.
            unsafe { device.create_query_pool(&info, None) }
        })?;
        Ok(Self { context: Arc::clone(context), pool, count })
    }

    /// The pool, for work that ends before it is dropped.
    pub(super) fn raw(&self) -> vk::QueryPool {
        self.pool.raw()
    }

    /// Times in the pool.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// How long each dispatch took, once all have run.
    pub(super) fn read(&self) -> Result<Vec<Duration>> {
        let mut ticks = vec![0_u64; self.count as usize];
        let flags = vk::QueryResultFlags::TYPE_64 | vk::QueryResultFlags::WAIT;
        // SAFETY: the pool has as many times, and the run that wrote all of them has ended.
        let read =
            unsafe { self.context.device.get_query_pool_results(self.raw(), 0, &mut ticks, flags) };
        read.map_err(failed("read times"))?;
        let nanoseconds = f64::from(self.context.profile.limits.timestamp_period);
        let time = |pair: &[u64]| {
            // A clock that begins anew within a run gives no time rather than years.
            let ticks = pair[1].saturating_sub(pair[0]);
            Duration::from_secs_f64(ticks as f64 * nanoseconds * 1e-9)
        };
        Ok(ticks.windows(2).map(time).collect())
    }
}
