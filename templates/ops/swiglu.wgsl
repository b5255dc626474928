//! y = silu(min(gate, limit)) · clamp(up, −limit, limit), a part of a row in each workgroup.
#import tile/swiglu
#let PART = y_len / 4 / X

fn ${self}(at: At) {
  let first = at.y * ${y_len / 4}u + at.x * ${PART}u;
  // Unrolled, and written after all is read, so that all loads are under way at once. Threads
  // beyond the part repeat its last values.
  #for i in 0..ceil(PART / WG)
  let own_${i} = first + min(at.lid + ${i * WG}u, ${PART - 1}u);
  let gate_${i} = ${gate_v4}[own_${i}];
  let up_${i} = ${up_v4}[own_${i}];
  #end
  #for i in 0..ceil(PART / WG)
  if at.lid + ${i * WG}u < ${PART}u {
    ${y_v4}[own_${i}] = vec4<f32>(
      swiglu(gate_${i}.x, up_${i}.x, ${limit}), swiglu(gate_${i}.y, up_${i}.y, ${limit}),
      swiglu(gate_${i}.z, up_${i}.z, ${limit}), swiglu(gate_${i}.w, up_${i}.w, ${limit}));
  }
  #end
}
