//! The bytes of the CPU device's slots and pages.

use super::Cpu;
use crate::device::{PageId, Result, SlotId, Transfer};

impl Transfer for Cpu {
    fn arithmetic(&self) -> String {
        // Neither threads nor the instruction set change a bit; how numbers lie in memory does.
        format!("cpu, {} endian", if cfg!(target_endian = "big") { "big" } else { "little" })
    }

    fn slot_bytes(&self) -> usize {
        self.slots.n_bytes()
    }

    fn page_bytes(&self) -> usize {
        self.pages.n_bytes()
    }

    fn read_slot(&mut self, slot: SlotId, into: &mut [u8]) -> Result<()> {
        into.copy_from_slice(self.slots.bytes(slot.0));
        Ok(())
    }

    fn write_slot(&mut self, slot: SlotId, from: &[u8]) -> Result<()> {
        self.slots.bytes(slot.0).copy_from_slice(from);
        Ok(())
    }

    fn read_page(&mut self, page: PageId, into: &mut [u8]) -> Result<()> {
        into.copy_from_slice(self.pages.bytes(page.0));
        Ok(())
    }

    fn write_page(&mut self, page: PageId, from: &[u8]) -> Result<()> {
        self.pages.bytes(page.0).copy_from_slice(from);
        Ok(())
    }
}
