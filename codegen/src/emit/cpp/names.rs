//! C++ identifiers for the names of a kernel.

use naga::{Constant, Function, GlobalVariable, Handle, Module, Type, TypeInner};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::hooks;

/// Words of C++ and of the two dialects.
const WORDS: &str = "
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
    class compl const const_cast constexpr continue decltype default delete do double dynamic_cast
    else enum explicit export extern false float for friend goto half if inline int long mutable
    namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeid typename uint uchar ulong union
    unsigned ushort using virtual void volatile wchar_t while xor xor_eq
    blockDim blockIdx gridDim threadIdx warpSize main
    u8 i8 u16 i16 u32 i32 u64 i64 f16 f32 f64 DEV WAVE MEMCPY
    WHOLE_COPIES WHOLE_COPIES_2 WHOLE_COPIES_4 Bits V arr Size Same Unsigned map append splat make cast saturate_cast saturate_one bitcast
    per_word constant scaled low_ones power_of_two quarter_turns sin_eighth cos_eighth
    VECTORS_OF ARITHMETIC COMPARISON SHIFT WRAPPING COLLECTIVE ATOMIC_SCOPE SIGNED_TOO
    IN_32_BITS_1 IN_32_BITS_2 IN_32_BITS_3 EACH_1 EACH_2 EACH_3 FLOATS_1 FLOATS_2 FLOATS_3
    FRAG ACC Frag load_rows load_columns half_row half_of Words2 Words4 Ints4 Ints8 Floats4 Floats8 Halves4 Halves16
    workgroup_memory WorkItem WorkGroup WorkGroups";

/// Beginnings of the prelude's other names.
const PREFIXES: &[&str] = &["m_", "wave_", "atomic_", "wrapping_", "native_", "ptx_"];

/// [`WORDS`], vectors, and the native functions.
static RESERVED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let words = WORDS.split_whitespace();
    let vectors = words.clone().flat_map(|word| ["x2", "x3", "x4"].map(|n| format!("{word}{n}")));
    words.chain(hooks::natives()).map(str::to_owned).chain(vectors).collect()
});

/// Whether C++ or the prelude uses `name`.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// `name` with the characters of a C++ identifier only. Names that begin with an underscore are
/// the writer's.
pub(super) fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let name: String = name.chars().map(plain).collect();
    let name = name.replace("__", "_");
    match name.chars().next() {
        None => "value".to_owned(),
        Some('_' | '0'..='9') => format!("v{name}"),
        Some(_) => name,
    }
}

/// The names of one scope.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// An identifier like `name` that nothing else in the scope has.
    pub(super) fn add(&mut self, name: Option<&str>, otherwise: &str) -> String {
        let mut base = identifier(name.unwrap_or(otherwise));
        // No number at the end would help.
        if PREFIXES.iter().any(|prefix| base.starts_with(prefix)) {
            base.insert_str(0, "v_");
        }
        let free = |name: &String| !is_reserved(name) && !self.taken.contains(name);
        let numbered = (1..).map(|n| format!("{base}_{n}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or(base);
        self.taken.insert(name.clone());
        name
    }
}

/// Names of everything outside of functions.
#[derive(Debug)]
pub(super) struct Names {
    scope: Scope,
    types: BTreeMap<Handle<Type>, String>,
    members: BTreeMap<(Handle<Type>, usize), String>,
    constants: BTreeMap<Handle<Constant>, String>,
    globals: BTreeMap<Handle<GlobalVariable>, String>,
    functions: BTreeMap<Handle<Function>, String>,
}

impl Names {
    pub(super) fn new(module: &Module) -> Self {
        let mut scope = Scope::default();
        for entry in &module.entry_points {
            scope.add(Some(&entry.name), "kernel");
        }
        let mut types = BTreeMap::new();
        let mut members = BTreeMap::new();
        for (handle, ty) in module.types.iter() {
            let TypeInner::Struct { members: list, .. } = &ty.inner else { continue };
            types.insert(handle, scope.add(ty.name.as_deref(), "Struct"));
            let mut inside = Scope::default();
            for (i, member) in list.iter().enumerate() {
                members.insert((handle, i), inside.add(member.name.as_deref(), "member"));
            }
        }
        let named = |scope: &mut Scope, name: &Option<String>, otherwise: &str| {
            scope.add(name.as_deref(), otherwise)
        };
        let globals = module.global_variables.iter();
        let globals = globals.map(|(handle, g)| (handle, named(&mut scope, &g.name, "global")));
        let globals = globals.collect();
        let constants = module.constants.iter();
        let constants = constants.map(|(handle, c)| (handle, named(&mut scope, &c.name, "table")));
        let constants = constants.collect();
        let functions = module.functions.iter();
        let functions =
            functions.map(|(handle, f)| (handle, named(&mut scope, &f.name, "function")));
        let functions = functions.collect();
        Self { scope, types, members, constants, globals, functions }
    }

    /// A scope inside of the module's.
    pub(super) fn inner_scope(&self) -> Scope {
        self.scope.clone()
    }

    pub(super) fn ty(&self, handle: Handle<Type>) -> Option<&str> {
        self.types.get(&handle).map(String::as_str)
    }

    pub(super) fn member(&self, ty: Handle<Type>, index: usize) -> &str {
        self.members.get(&(ty, index)).map_or("", String::as_str)
    }

    pub(super) fn constant(&self, handle: Handle<Constant>) -> &str {
        self.constants.get(&handle).map_or("", String::as_str)
    }

    pub(super) fn global(&self, handle: Handle<GlobalVariable>) -> &str {
        self.globals.get(&handle).map_or("", String::as_str)
    }

    pub(super) fn function(&self, handle: Handle<Function>) -> &str {
        self.functions.get(&handle).map_or("", String::as_str)
    }
}
