//! Teams of threads that take weight rows in an integer format for one quantized row, whose part
//! each thread keeps in registers.
//!
//! Thread `unit` of a team has that unit of every row that the team takes, so that its activations
//! are always the same. Takes `format` and `K` (a row), `x` (elements of the records), `PARTS`
//! teams that share the same rows, `SUMS` that a team finishes at a time and `SLOTS` of them in
//! the whole workgroup.
#import tile/dot
#import tile/sums with V = SUMS
#if format == "iq2_xxs" && CUDA
#import formats/iq2_wide
#elif format == "iq2_xxs"
#import formats/iq2_grid
#end

#let PER = 1
#if format == "q2_k" || format == "iq2_xxs"
#let PER = 2
#end
#let UNITS = K / 32 / PER

// Fewest lanes of a subgroup, and most where it is less than a team.
#let LANES = 4
#let TEAM = min(64, WG)
#if SG == "32u"
#let LANES = 32
#let TEAM = 32
#elif SG == "64u"
#let LANES = 64
#end
// Enough for a row.
#for turn in 0..4
#if TEAM < UNITS && 2 * TEAM <= WG
#let TEAM = 2 * TEAM
#end
#end
#if TEAM < UNITS || WG / TEAM < PARTS
// A workgroup has too few threads for rows of so many units.
${1 / 0}
#end
// Teams with rows of their own.
const ${self}_teams: u32 = ${WG / TEAM / PARTS}u;

// What each subgroup has of a sum, [SLOTS, PARTS, SHARES].
#let SHARES = ceil(TEAM / LANES)
var<workgroup> ${self}_shares: array<f32, ${SLOTS * PARTS * SHARES}>;

struct ${self}_Place {
  team: u32,
  // Which of the teams that share its rows.
  part: u32,
  // At most the row's last, and whether the thread has one.
  unit: u32,
  live: bool,
  subgroup: u32,
}

fn ${self}_place(at: At) -> ${self}_Place {
  let thread = at.sg * ${SG} + at.lane;
  let member = thread % ${TEAM}u;
  let team = thread / ${TEAM}u;
  return ${self}_Place(
    team / ${PARTS}u, team % ${PARTS}u,
    min(member, ${UNITS - 1}u), member < ${UNITS}u, member / ${SG});
}

// The records of a unit.
struct ${self}_Held {
  #for j in 0..PER
  h0_${j}: vec4<u32>,
  h1_${j}: vec4<u32>,
  l0_${j}: vec4<u32>,
  l1_${j}: vec4<u32>,
  scale_${j}: vec4<f32>,
  #end
  #if format == "iq2_xxs" && CUDA
  wide: Iq2Wide,
  #end
}

// The thread's records of the row that begins at record `first`; scales of zero where it has no
// unit, which make its products zeros. After `${self}_start`.
fn ${self}_hold(at: At, first: u32, place: ${self}_Place) -> ${self}_Held {
  var held: ${self}_Held;
  #for j in 0..PER
  {
    let record = first + ${PER}u * place.unit + ${j}u;
    let begin = record / ${RUN}u * ${5 * RUN}u + record % ${RUN}u;
    held.h0_${j} = ${x}[begin];
    held.h1_${j} = ${x}[begin + ${RUN}u];
    held.l0_${j} = ${x}[begin + ${2 * RUN}u];
    held.l1_${j} = ${x}[begin + ${3 * RUN}u];
    let scale = bitcast<vec4<f32>>(${x}[begin + ${4 * RUN}u]);
    held.scale_${j} = select(vec4<f32>(), scale, place.live);
  }
  #end
  #if format == "iq2_xxs" && CUDA
  held.wide = iq2_wide(at.lane);
  #end
  return held;
}

// Makes the codebook, if the format has one.
fn ${self}_start(lid: u32) {
  #if format == "iq2_xxs"
  #if CUDA
  iq2_wide_start(lid);
  #else
  iq2_start(lid);
  #end
  workgroupBarrier();
  #end
}

// Leaves the team's sums of `values` for slot `slot` and following.
fn ${self}_keep(at: At, place: ${self}_Place, slot: u32, values: array<f32, ${SUMS}>) {
  let sum = sums_${SUMS}(values, at.lane);
  if at.lane < ${SUMS}u {
    let share = (slot + sums_${SUMS}_which(at.lane)) * ${PARTS}u + place.part;
    ${self}_shares[share * ${SHARES}u + place.subgroup] = sum;
  }
}

// The sum in a slot, after a barrier.
fn ${self}_kept(slot: u32) -> f32 {
  var sum = 0.0;
  #for part in 0..PARTS
  for (var i = 0u; i < ${TEAM}u / ${SG}; i += 1u) {
    sum += ${self}_shares[slot * ${PARTS * SHARES}u + ${part * SHARES}u + i];
  }
  #end
  return sum;
}
