//! Emitted MSL as C++ for the stand-in headers: the text as it is, and a function around its entry
//! point that takes the arguments apart.

use std::fmt::Write;

use ds4::device::gpu::KernelText;

/// Number of the buffer that holds immediates.
const IMMEDIATES: u32 = 30;

/// Number of the buffer that holds lengths of arrays; kernels have no use for it.
const SIZES: u32 = 29;

/// The translation unit of a kernel: it exports `ds4_run`, or is a program of its own.
pub(super) fn translation_unit(text: &KernelText<'_>, is_program: bool) -> Result<String, String> {
    let code = std::str::from_utf8(text.code).map_err(|e| format!("the text is not UTF-8: {e}"))?;
    let parameters = parameters(code, text.entry)?;
    let mut arguments = vec![];
    let mut shared = vec![];
    for parameter in &parameters {
        arguments.push(argument(parameter, text, &mut shared)?);
    }
    let mut unit = String::new();
    if is_program {
        unit += "#include \"replay.h\"\n";
    }
    let members: String = (shared.iter().zip(0..))
        .map(|(ty, i): (_, usize)| {
            format!("  {ty} array{i};\n  unsigned char guard{i}[cpu::GUARD];\n")
        })
        .collect();
    let intact: String =
        (0..shared.len()).map(|i| format!(" && cpu::is_poison(guard{i}, cpu::GUARD)")).collect();
    write!(
        unit,
        "#include <metal_stdlib>\n\
         namespace text {{\n{code}\n}}\n\
         using namespace text;\n\
         struct Shared {{\n{members}  bool is_intact() const {{ return true{intact}; }}\n}};\n\
         static void body(const cpu::Run &run, const cpu::At &at, void *memory) {{\n  \
           auto &shared = *(Shared *)memory;\n  \
           text::{entry}({arguments});\n\
         }}\n\
         extern \"C\" void ds4_run(cpu::Run *run) {{ cpu::run_workgroups<Shared>(*run, body); }}\n",
        code = with_parts(code),
        entry = text.entry,
        arguments = arguments.join(", "),
    )
    .map_err(|e| e.to_string())?;
    if is_program {
        unit += "int main() { return cpu::replay(ds4_run); }\n";
    }
    Ok(unit)
}

/// A parameter of an entry point.
#[derive(Debug, PartialEq, Eq)]
struct Parameter<'a> {
    /// Its type without reference and address space.
    ty: &'a str,
    /// What is between `[[` and `]]`.
    attribute: Option<&'a str>,
}

/// The parameters of the entry point.
fn parameters<'a>(code: &'a str, entry: &str) -> Result<Vec<Parameter<'a>>, String> {
    let start = format!("kernel void {entry}(");
    let (_, rest) = code.split_once(&start).ok_or_else(|| format!("there is no `{start}`"))?;
    let (list, _) = rest.split_once("\n) {").ok_or_else(|| format!("`{start}` does not end"))?;
    Ok(list.split("\n,").map(parameter).filter(|parameter| !parameter.ty.is_empty()).collect())
}

/// A parameter as naga writes it, as in `device type_2 const& x [[buffer(0)]]`.
fn parameter(text: &str) -> Parameter<'_> {
    let (declaration, attribute) = match text.split_once(" [[") {
        Some((declaration, rest)) => (declaration, Some(rest.trim().trim_end_matches("]]"))),
        None => (text, None),
    };
    let words = declaration.trim();
    let ty = match words.split_once('&') {
        Some((ty, _)) => ty,
        None => words.rsplit_once(' ').map_or("", |(ty, _)| ty),
    };
    let spaces = ["device ", "constant ", "threadgroup "];
    let ty = spaces.iter().find_map(|space| ty.strip_prefix(space)).unwrap_or(ty);
    Parameter { ty: ty.trim_end_matches(" const"), attribute }
}

/// The C++ expression of an argument; types of workgroup arrays are added to `shared`.
fn argument<'a>(
    parameter: &Parameter<'a>,
    text: &KernelText<'_>,
    shared: &mut Vec<&'a str>,
) -> Result<String, String> {
    let ty = parameter.ty;
    let Some(attribute) = parameter.attribute else {
        shared.push(ty);
        return Ok(format!("shared.array{}", shared.len() - 1));
    };
    let number = attribute.strip_prefix("buffer(").and_then(|rest| rest.strip_suffix(')'));
    if let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) {
        return match number {
            IMMEDIATES => Ok(format!("cpu::immediates<{ty}, {}>(run)", text.immediates)),
            SIZES => Ok(format!("cpu::nothing<{ty}>")),
            _ if text.bindings.contains(&number) => Ok(format!("*({ty} *)run.buffers[{number}]")),
            _ => Err(format!("buffer {number} is not among its bindings {:?}", text.bindings)),
        };
    }
    let grid = |of: &str| format!("metal::uint3(at.{of}[0], at.{of}[1], at.{of}[2])");
    Ok(match attribute {
        "threadgroup_position_in_grid" => grid("group"),
        "threadgroups_per_grid" => grid("grid"),
        "thread_index_in_threadgroup" => "at.id".to_owned(),
        "thread_position_in_threadgroup" => "metal::uint3(at.id, 0, 0)".to_owned(),
        "dispatch_threads_per_threadgroup" => "metal::uint3(at.threads, 1, 1)".to_owned(),
        "thread_position_in_grid" => {
            "metal::uint3(at.group[0] * at.threads + at.id, at.group[1], at.group[2])".to_owned()
        }
        "simdgroup_index_in_threadgroup" => "at.subgroup()".to_owned(),
        "simdgroups_per_threadgroup" => "at.subgroups()".to_owned(),
        "thread_index_in_simdgroup" => "at.lane()".to_owned(),
        "threads_per_simdgroup" => "cpu::WIDTH".to_owned(),
        other => return Err(format!("a parameter with the attribute {other} is not known")),
    })
}

/// The text with parts of vectors as calls: `v.xy` becomes `v.part<0, 1>()`.
fn with_parts(code: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut pieces = code.split('.');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c| !is_word(c)).unwrap_or(piece.len());
        let (word, rest) = piece.split_at(end);
        let elements: Option<Vec<_>> = word.chars().map(|c| "xyzw".find(c)).collect();
        match elements {
            Some(elements) if (2..=4).contains(&elements.len()) => {
                let numbers: Vec<_> = elements.iter().map(ToString::to_string).collect();
                text += &format!(".part<{}>(){rest}", numbers.join(", "));
            }
            _ => text += &format!(".{piece}"),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found() {
        let code = "void f(\n) {\n}\nkernel void main_(\n  metal::uint3 wg [[threadgroup_position_in_grid]]\
                    \n, device type_2 const& x [[buffer(0)]]\n, threadgroup type_7& part\n) {\n";
        let found = parameters(code, "main_").unwrap();
        let expected = [
            ("metal::uint3", Some("threadgroup_position_in_grid")),
            ("type_2", Some("buffer(0)")),
            ("type_7", None),
        ];
        assert_eq!(found, expected.map(|(ty, attribute)| Parameter { ty, attribute }));
        assert_eq!(parameters(code, "other").unwrap_err(), "there is no `kernel void other(`");
    }

    #[test]
    fn parts_are_calls() {
        assert_eq!(
            with_parts("a.xy + f(b).wzyx.x * 1.5"),
            "a.part<0, 1>() + f(b).part<3, 2, 1, 0>().x * 1.5"
        );
        assert_eq!(with_parts("p.xyz_at + p.x + p.zero"), "p.xyz_at + p.x + p.zero");
    }
}
