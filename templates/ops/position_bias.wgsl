//! out[t, w] = gate[t, w] + ape[position(t) mod R, w]. Parts of a row along x; W a multiple of 32.

fn ${self}(at: At) {
  let row = at.y * ${W / 4}u;
  let bias = ${rows}[2u * at.y].y % ${R}u * ${W / 4}u;
  let end = (at.x + 1u) * ${W / 4}u / ${X}u;
  for (var w = at.x * ${W / 4}u / ${X}u + at.lid; w < end; w += ${WG}u) {
    ${out_v4}[row + w] = ${gate_v4}[row + w] + ${ape_v4}[bias + w];
  }
}
