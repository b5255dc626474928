//! Subgroup operations and atomics.

use naga::{
    AtomicFunction, CollectiveOperation, Direction, Expression, GatherMode, Handle, Statement,
    SubgroupOperation,
};

use super::{
    Result,
    body::Body,
    code::{Code, Text},
};

impl Body<'_> {
    /// A statement that involves other threads; an error for all that remain.
    pub(super) fn parallel(&mut self, statement: &Statement, text: &mut Text) -> Result<()> {
        let (result, code) = match *statement {
            Statement::Atomic { pointer, fun, value, result } => {
                (result, self.atomic(pointer, fun, value, result)?)
            }
            Statement::SubgroupBallot { result, predicate } => {
                let predicate = match predicate {
                    Some(predicate) => self.expression(predicate)?,
                    None => Code::primary("true"),
                };
                (Some(result), Code::call("wave_ballot", &[predicate]))
            }
            Statement::SubgroupGather { mode, argument, result } => {
                (Some(result), self.gather(mode, argument)?)
            }
            Statement::SubgroupCollectiveOperation { op, collective_op, argument, result } => {
                let name = collective(op, collective_op);
                (Some(result), Code::call(&name, &[self.expression(argument)?]))
            }
            ref other => {
                let construct = format!("{other:?}");
                return Err(self.unsupported(construct, "use buffers, barriers and subgroups"));
            }
        };
        self.result(result, &code, text)
    }

    fn gather(&self, mode: GatherMode, argument: Handle<Expression>) -> Result<Code> {
        let (name, operand) = match mode {
            GatherMode::BroadcastFirst => ("wave_broadcast", Code::primary("0u")),
            GatherMode::Broadcast(lane) => ("wave_broadcast", self.expression(lane)?),
            GatherMode::Shuffle(lane) => ("wave_shuffle", self.expression(lane)?),
            GatherMode::ShuffleDown(delta) => ("wave_shuffle_down", self.expression(delta)?),
            GatherMode::ShuffleUp(delta) => ("wave_shuffle_up", self.expression(delta)?),
            GatherMode::ShuffleXor(mask) => ("wave_shuffle_xor", self.expression(mask)?),
            GatherMode::QuadBroadcast(lane) => ("wave_quad_broadcast", self.expression(lane)?),
            GatherMode::QuadSwap(direction) => {
                let mask = match direction {
                    Direction::X => "1u",
                    Direction::Y => "2u",
                    Direction::Diagonal => "3u",
                };
                ("wave_shuffle_xor", Code::primary(mask))
            }
        };
        Ok(Code::call(name, &[self.expression(argument)?, operand]))
    }

    fn atomic(
        &self,
        pointer: Handle<Expression>,
        fun: AtomicFunction,
        value: Handle<Expression>,
        result: Option<Handle<Expression>>,
    ) -> Result<Code> {
        let mut arguments = vec![self.address(pointer)?];
        let name = match fun {
            AtomicFunction::Add => "atomic_add",
            AtomicFunction::Subtract => "atomic_sub",
            AtomicFunction::And => "atomic_and",
            AtomicFunction::ExclusiveOr => "atomic_xor",
            AtomicFunction::InclusiveOr => "atomic_or",
            AtomicFunction::Min => "atomic_min",
            AtomicFunction::Max => "atomic_max",
            AtomicFunction::Exchange { compare: None } => "atomic_exchange",
            AtomicFunction::Exchange { compare: Some(compare) } => {
                arguments.push(self.expression(compare)?);
                "atomic_compare_exchange"
            }
        };
        arguments.push(self.expression(value)?);
        match (name, result) {
            // It returns the struct with both of its results.
            ("atomic_compare_exchange", Some(result)) => {
                let ty = self.context.resolved(&self.info[result].ty)?;
                Ok(Code::call(&format!("{name}<{ty}>"), &arguments))
            }
            _ => Ok(Code::call(name, &arguments)),
        }
    }
}

/// The prelude's function: `wave_add`, `wave_inclusive_max`, `wave_all`.
fn collective(op: SubgroupOperation, collective: CollectiveOperation) -> String {
    let scan = match collective {
        CollectiveOperation::Reduce => "",
        CollectiveOperation::InclusiveScan => "inclusive_",
        CollectiveOperation::ExclusiveScan => "exclusive_",
    };
    let operation = match op {
        SubgroupOperation::All => "all",
        SubgroupOperation::Any => "any",
        SubgroupOperation::Add => "add",
        SubgroupOperation::Mul => "mul",
        SubgroupOperation::Min => "min",
        SubgroupOperation::Max => "max",
        SubgroupOperation::And => "and",
        SubgroupOperation::Or => "or",
        SubgroupOperation::Xor => "xor",
    };
    format!("wave_{scan}{operation}")
}
