//! ring[position(t) mod U] = x[t], for the last U rows of a segment: earlier ones would be replaced
//! by them. Parts of a row along x; W a multiple of 32.

fn ${self}(at: At) {
  let row = ${rows}[2u * at.y];
  let segment = ${rows}[2u * at.y + 1u];
  if at.y - segment.x + ${U}u >= segment.z {
    let ring = row.z * ${STATE_LEN / 4}u + (${ring_at}) / 4u + row.y % ${U}u * ${W / 4}u;
    let end = (at.x + 1u) * ${W / 4}u / ${X}u;
    for (var w = at.x * ${W / 4}u / ${X}u + at.lid; w < end; w += ${WG}u) {
      ${ring_v4}[ring + w] = ${x_v4}[at.y * ${W / 4}u + w];
    }
  }
}
