//! The bytes of slots and pages, between a device and the host.

use super::{PageId, Result, SlotId};

/// Moves what a device keeps of sessions to the host and back.
///
/// The bytes mean something only to a device of the same [`Transfer::arithmetic`] with the same
/// plan and weights. Every call moves a whole slot or page, and is in order with the steps.
pub trait Transfer {
    /// What the last bit of a result depends on beside plan and weights, in words: two devices that
    /// say the same give the same results and understand each other's bytes.
    fn arithmetic(&self) -> String;

    /// Bytes of the state in a slot.
    fn slot_bytes(&self) -> usize;

    /// Bytes of the rows of a page.
    fn page_bytes(&self) -> usize;

    /// Reads the state in an open slot.
    ///
    /// # Errors
    ///
    /// Errors of the device's API; `into` is then not defined.
    ///
    /// # Panics
    ///
    /// When `into` is not [`Transfer::slot_bytes`] long.
    fn read_slot(&mut self, slot: SlotId, into: &mut [u8]) -> Result<()>;

    /// Replaces the state in an open slot.
    ///
    /// # Errors
    ///
    /// Errors of the device's API; the slot is then good for nothing but to be closed.
    ///
    /// # Panics
    ///
    /// When `from` is not [`Transfer::slot_bytes`] long.
    fn write_slot(&mut self, slot: SlotId, from: &[u8]) -> Result<()>;

    /// Reads the rows of an open page.
    ///
    /// # Errors
    ///
    /// As [`Transfer::read_slot`].
    ///
    /// # Panics
    ///
    /// When `into` is not [`Transfer::page_bytes`] long.
    fn read_page(&mut self, page: PageId, into: &mut [u8]) -> Result<()>;

    /// Replaces the rows of an open page.
    ///
    /// # Errors
    ///
    /// As [`Transfer::write_slot`].
    ///
    /// # Panics
    ///
    /// When `from` is not [`Transfer::page_bytes`] long.
    fn write_page(&mut self, page: PageId, from: &[u8]) -> Result<()>;
}
