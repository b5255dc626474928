//! MSL of WGSL, with the options of the generator.

use naga::{back::msl, proc, valid};

/// The text, and the name of the entry point in it.
pub(crate) fn emit(wgsl: &str) -> (String, String) {
    let module = naga::front::wgsl::parse_str(wgsl);
    let module = module.unwrap_or_else(|e| panic!("{}", e.emit_to_string(wgsl)));
    let mut validator =
        valid::Validator::new(valid::ValidationFlags::all(), valid::Capabilities::all());
    validator
        .subgroup_stages(valid::ShaderStages::COMPUTE)
        .subgroup_operations(valid::SubgroupOperationSet::all());
    let info = validator.validate(&module).unwrap();
    let mut resources = msl::EntryPointResources::default();
    for (_, variable) in module.global_variables.iter() {
        if let Some(binding) = variable.binding {
            let buffer = Some(u8::try_from(binding.binding).unwrap());
            let target = msl::BindTarget { buffer, mutable: true, ..Default::default() };
            resources.resources.insert(binding, target);
        }
    }
    resources.immediates_buffer = Some(30);
    resources.sizes_buffer = Some(29);
    let entry = module.entry_points[0].name.clone();
    let unchecked = proc::BoundsCheckPolicy::Unchecked;
    let options = msl::Options {
        lang_version: (3, 1),
        per_entry_point_map: [(entry, resources)].into_iter().collect(),
        bounds_check_policies: proc::BoundsCheckPolicies {
            index: unchecked,
            buffer: unchecked,
            image_load: unchecked,
            binding_array: unchecked,
        },
        zero_initialize_workgroup_memory: false,
        force_loop_bounding: false,
        emit_int_div_checks: false,
        fake_missing_bindings: false,
        ..msl::Options::default()
    };
    let pipeline = msl::PipelineOptions::default();
    let (text, names) = msl::write_string(&module, &info, &options, &pipeline).unwrap();
    (text, names.entry_point_names[0].clone().unwrap())
}
