//! The functions of WGSL, as the prelude names them.

use naga::MathFunction;

/// The prelude's function for `function`; none for those that kernels do not need.
pub(super) fn name(function: MathFunction) -> Option<&'static str> {
    numbers(function).or_else(|| vectors_and_bits(function)).or_else(|| packing(function))
}

fn numbers(function: MathFunction) -> Option<&'static str> {
    Some(match function {
        MathFunction::Abs => "m_abs",
        MathFunction::Min => "m_min",
        MathFunction::Max => "m_max",
        MathFunction::Clamp => "m_clamp",
        MathFunction::Saturate => "m_saturate",
        MathFunction::Cos => "m_cos",
        MathFunction::Cosh => "m_cosh",
        MathFunction::Sin => "m_sin",
        MathFunction::Sinh => "m_sinh",
        MathFunction::Tan => "m_tan",
        MathFunction::Tanh => "m_tanh",
        MathFunction::Radians => "m_radians",
        MathFunction::Degrees => "m_degrees",
        MathFunction::Ceil => "m_ceil",
        MathFunction::Floor => "m_floor",
        MathFunction::Round => "m_round",
        MathFunction::Fract => "m_fract",
        MathFunction::Trunc => "m_trunc",
        MathFunction::Ldexp => "m_ldexp",
        MathFunction::Exp => "m_exp",
        MathFunction::Exp2 => "m_exp2",
        MathFunction::Log => "m_log",
        MathFunction::Log2 => "m_log2",
        MathFunction::Pow => "m_pow",
        MathFunction::Sign => "m_sign",
        MathFunction::Fma => "m_fma",
        MathFunction::Mix => "m_mix",
        MathFunction::Step => "m_step",
        MathFunction::SmoothStep => "m_smoothstep",
        MathFunction::Sqrt => "m_sqrt",
        MathFunction::InverseSqrt => "m_rsqrt",
        MathFunction::QuantizeToF16 => "m_quantize_to_f16",
        _ => return None,
    })
}

fn vectors_and_bits(function: MathFunction) -> Option<&'static str> {
    Some(match function {
        MathFunction::Dot => "m_dot",
        MathFunction::Cross => "m_cross",
        MathFunction::Distance => "m_distance",
        MathFunction::Length => "m_length",
        MathFunction::Normalize => "m_normalize",
        MathFunction::FaceForward => "m_face_forward",
        MathFunction::Reflect => "m_reflect",
        MathFunction::CountTrailingZeros => "m_count_trailing_zeros",
        MathFunction::CountLeadingZeros => "m_count_leading_zeros",
        MathFunction::CountOneBits => "m_count_one_bits",
        MathFunction::ReverseBits => "m_reverse_bits",
        MathFunction::ExtractBits => "m_extract_bits",
        MathFunction::InsertBits => "m_insert_bits",
        MathFunction::FirstTrailingBit => "m_first_trailing_bit",
        MathFunction::FirstLeadingBit => "m_first_leading_bit",
        _ => return None,
    })
}

fn packing(function: MathFunction) -> Option<&'static str> {
    Some(match function {
        MathFunction::Dot4I8Packed => "m_dot4_i8",
        MathFunction::Dot4U8Packed => "m_dot4_u8",
        MathFunction::Pack4x8snorm => "m_pack_4x8_snorm",
        MathFunction::Pack4x8unorm => "m_pack_4x8_unorm",
        MathFunction::Pack2x16snorm => "m_pack_2x16_snorm",
        MathFunction::Pack2x16unorm => "m_pack_2x16_unorm",
        MathFunction::Pack2x16float => "m_pack_2x16_float",
        MathFunction::Pack4xI8 => "m_pack_4x_i8",
        MathFunction::Pack4xU8 => "m_pack_4x_u8",
        MathFunction::Pack4xI8Clamp => "m_pack_4x_i8_clamp",
        MathFunction::Pack4xU8Clamp => "m_pack_4x_u8_clamp",
        MathFunction::Unpack4x8snorm => "m_unpack_4x8_snorm",
        MathFunction::Unpack4x8unorm => "m_unpack_4x8_unorm",
        MathFunction::Unpack2x16snorm => "m_unpack_2x16_snorm",
        MathFunction::Unpack2x16unorm => "m_unpack_2x16_unorm",
        MathFunction::Unpack2x16float => "m_unpack_2x16_float",
        MathFunction::Unpack4xI8 => "m_unpack_4x_i8",
        MathFunction::Unpack4xU8 => "m_unpack_4x_u8",
        _ => return None,
    })
}

/// What a sum with `function` of packed bytes becomes: one instruction that adds as well.
pub(super) fn dot_and_add(function: MathFunction) -> Option<&'static str> {
    match function {
        MathFunction::Dot4I8Packed => Some("m_dp4a_i8"),
        MathFunction::Dot4U8Packed => Some("m_dp4a_u8"),
        _ => None,
    }
}
