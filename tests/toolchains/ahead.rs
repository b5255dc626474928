//! How many loads of weights are under way when a thread first waits.
//!
//! A warp issues its instructions in order, so a thread has no more loads under way than those
//! before the first instruction that needs the result of one. Compilers like to move loads behind
//! such instructions, which the registers of a kernel do not show.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::Code;

/// The most loads of 16 bytes through the parameters `weights`, by number, that stand in NVIDIA's
/// code without an instruction between them that needs what one of the loads since the last such
/// instruction gives.
///
/// Instructions are taken as they are printed, and a branch back ends what stands together, so the
/// number may be less than what runs, as in a loop that loads one turn ahead.
pub(crate) fn loads_ahead(code: &Code, weights: &[usize]) -> usize {
    // AMD's parameters are in no bank.
    if weights.is_empty() || code.parameters == 0 {
        return 0;
    }
    let mut scan = Scan::default();
    let mut labels = BTreeSet::new();
    for line in code.instructions.lines() {
        if let Some(label) = line.strip_suffix(':') {
            labels.insert(label);
            continue;
        }
        let instruction = Instruction::parse(line, code.parameters);
        let goes_back = line.strip_prefix("BRA").is_some_and(|rest| {
            rest.split(['(', ')']).nth(1).is_some_and(|label| labels.contains(label))
        });
        if goes_back {
            scan.wait();
        } else {
            scan.step(&instruction, weights);
        }
    }
    scan.most
}

/// A register: whether it is one of the warp's, and its number.
type Register = (bool, u32);

/// What an instruction does to registers.
#[derive(Debug, PartialEq)]
struct Instruction<'a> {
    mnemonic: &'a str,
    /// The first register that it writes.
    writes: Option<Register>,
    reads: Vec<Register>,
    /// Parameters of the kernel that it reads, by number.
    parameters: Vec<usize>,
}

impl<'a> Instruction<'a> {
    /// Parameters are pointers of 8 bytes, the first at `first` in the bank of constants.
    fn parse(line: &'a str, first: u32) -> Self {
        let (mnemonic, rest) = line.split_once(' ').unwrap_or((line, ""));
        let operands: Vec<_> =
            rest.trim_end_matches([' ', ';']).split(',').map(str::trim).collect();
        // A shuffle's first result is a predicate; that of a comparison is the only one.
        let place = usize::from(mnemonic.starts_with("SHFL"));
        let result = operands.get(place).filter(|operand| operand.starts_with(['R', 'U']));
        let result = result.and_then(|operand| registers(operand).next());
        let stores = ["ST", "RED", "BAR", "BRA", "EXIT"];
        let writes = result.filter(|_| !stores.iter().any(|store| mnemonic.starts_with(store)));
        let sources = operands.iter().enumerate();
        let sources =
            sources.filter(|(i, _)| writes.is_none() || *i != place).map(|(_, text)| text);
        let parameter = |text: &&str| {
            let offset = text.strip_prefix("c[0x0][0x")?.split(']').next()?;
            let offset = u32::from_str_radix(offset, 16).ok()?.checked_sub(first)?;
            usize::try_from(offset / 8).ok()
        };
        let parameters = operands.iter().filter_map(parameter).collect();
        Self { mnemonic, writes, reads: sources.flat_map(|s| registers(s)).collect(), parameters }
    }

    /// Registers that it writes, by the width in its name.
    fn width(&self) -> u32 {
        let has = |part| self.mnemonic.split('.').any(|p| p == part);
        if has("128") {
            4
        } else if has("64") || has("WIDE") {
            2
        } else {
            1
        }
    }
}

/// The registers that an operand names.
fn registers(operand: &str) -> impl Iterator<Item = Register> + '_ {
    let words = operand.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter_map(|word| {
        let number = |prefix: &str| word.strip_prefix(prefix)?.parse::<u32>().ok();
        number("R").map(|n| (false, n)).or_else(|| number("UR").map(|n| (true, n)))
    })
}

/// What is known before an instruction.
#[derive(Debug, Default)]
struct Scan {
    /// Parameters that the values of registers were computed from, other than through memory.
    origins: BTreeMap<Register, BTreeSet<usize>>,
    /// Registers that loads since the last wait write.
    pending: BTreeSet<Register>,
    /// Loads of weights since the last wait.
    loads: usize,
    most: usize,
}

impl Scan {
    fn wait(&mut self) {
        self.pending.clear();
        self.loads = 0;
    }

    fn step(&mut self, instruction: &Instruction<'_>, weights: &[usize]) {
        if instruction.reads.iter().any(|register| self.pending.contains(register)) {
            self.wait();
        }
        let Some(first @ (uniform, number)) = instruction.writes else { return };
        let of_reads = instruction.reads.iter().filter_map(|register| self.origins.get(register));
        let mut origins: BTreeSet<_> = of_reads.flatten().copied().collect();
        origins.extend(&instruction.parameters);
        let written = (number..number + instruction.width()).map(|n| (uniform, n));
        for register in written {
            self.origins.remove(&register);
            if instruction.mnemonic.starts_with("LDG") {
                self.pending.insert(register);
            }
        }
        if instruction.mnemonic.starts_with("LDG") {
            let is_weight = weights.iter().any(|weight| origins.contains(weight));
            self.loads += usize::from(is_weight && instruction.width() == 4);
            self.most = self.most.max(self.loads);
            return;
        }
        // Two pointers at once.
        if instruction.mnemonic.starts_with("LDC") && instruction.width() == 4 {
            let second = instruction.parameters.iter().map(|parameter| parameter + 1).collect();
            self.origins.insert((uniform, number + 2), second);
        }
        self.origins.insert(first, origins);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads through the first parameter in this code, whose parameters begin at 0x210.
    fn ahead(instructions: &str) -> usize {
        let code =
            Code { parameters: 0x210, instructions: instructions.to_owned(), ..Code::default() };
        loads_ahead(&code, &[0])
    }

    #[test]
    fn loads_count_up_to_the_first_use_of_any() {
        let loads = "LDC.64 R2, c[0x0][0x210] ;
IMAD.WIDE.U32 R4, R7, 0x10, R2 ;
LDG.E.128.CONSTANT R8, desc[UR8][R4.64] ;
LDG.E.128.CONSTANT R12, desc[UR8][R4.64+0x800] ;
";
        assert_eq!(ahead(loads), 2);
        let more = "LDG.E.128.CONSTANT R16, desc[UR8][R4.64+0x1000] ;\n";
        assert_eq!(ahead(&format!("{loads}{more}")), 3);
        let used = "IDP.4A.S8.S8 R20, R11.reuse, R21, RZ ;\n";
        assert_eq!(ahead(&format!("{loads}{used}{more}")), 2);
        let other = "IDP.4A.S8.S8 R20, R21, R22, RZ ;\n";
        assert_eq!(ahead(&format!("{loads}{other}{more}")), 3);
    }

    #[test]
    fn other_loads_do_not_count_but_what_needs_them_waits() {
        let code = "LDC.128 R2, c[0x0][0x210] ;
IADD3 R4, P0, R4, 0x10, RZ ;
LDG.E.128.CONSTANT R8, desc[UR8][R2.64] ;
LDG.E.128.CONSTANT R12, desc[UR8][R4.64] ;
LDG.E.CONSTANT R30, desc[UR8][R2.64+0x10] ;
STG.E desc[UR8][R32.64], R30 ;
LDG.E.128.CONSTANT R16, desc[UR8][R2.64+0x20] ;
";
        assert_eq!(ahead(code), 1);
    }

    #[test]
    fn what_a_load_gives_is_no_pointer_and_a_branch_back_waits() {
        let code = "LDC.64 R2, c[0x0][0x210] ;
LDG.E.64 R2, desc[UR8][R2.64] ;
LDG.E.128 R8, desc[UR8][R2.64] ;
";
        assert_eq!(ahead(code), 0);
        let code = "ULDC.64 UR4, c[0x0][0x210] ;
.L_x_0:
LDG.E.128 R8, desc[UR8][UR4.64] ;
BRA `(.L_x_0) ;
LDG.E.128 R12, desc[UR8][UR4.64] ;
";
        assert_eq!(ahead(code), 1);
    }
}
