//! Attention of HEADS heads of one row over one of SPLITS parts of the rows that it sees.
//!
//! parts[t, part, h]: Σ_j k[j] · exp(s[j] − top), then top = max_j s[j] and Σ_j exp(s[j] − top).
//!
//! Parts have equally many rows. They are taken JT at a time: the workgroup has the next tile on
//! its way while it works on one in workgroup memory. A team of TEAM threads has PAIR heads and
//! MINE rows of each tile; each thread keeps its quads of the heads' queries and sums. All scores
//! of a team are known to each four of its lanes, so that nothing but the tile passes between
//! subgroups; where a subgroup is less than a team, shares of scores do too. Teams with the same
//! heads are put together in the end. HEADS, JT, WG and D are powers of two, D at least 128, JT at
//! least 4 for each team of the same heads that is to have rows.
#import tile/attend_rows

#let QUADS = D / 4
#let PAIR = min(2, HEADS)
#let TEAM = min(64, QUADS)
#let OWN = QUADS / TEAM
#let SETS = HEADS / PAIR
#let GROUPS = min(WG / TEAM / SETS, JT / 4)
#let MINE = JT / GROUPS
#let COPIES = JT * QUADS / WG
// Rows whose places are found at a time.
#let AHEAD = min(128, WG)
#if WG < TEAM * SETS || COPIES * WG != JT * QUADS || AHEAD < JT
// A workgroup has too few threads for its heads, or too many for its tiles.
${1 / 0}
#end
#let PACKED = 0
#if has("pages")
#if pages_form != "exact"
#let PACKED = 1
#end
#end
// Fewest lanes of a subgroup.
#let LANES = 4
#if SG == "32u"
#let LANES = 32
#elif SG == "64u"
#let LANES = 64
#end
#let SHARES = ceil(TEAM / LANES)
#import tile/fours with TEAM = TEAM

/// Below every score, and finite so that differences are.
const ${self}_LOWEST: f32 = -3.0e38;

/// The rows of a tile; in the end the sums of teams.
var<workgroup> ${self}_tile: array<vec4<f32>, ${max(JT, (GROUPS - 1) * HEADS) * QUADS}>;
/// Kind and first quad of the next rows.
var<workgroup> ${self}_places: array<vec2<u32>, ${AHEAD}>;
#if GROUPS > 1
/// Largest score and sum of weights of each head in teams with the same heads, but the first.
var<workgroup> ${self}_results: array<vec2<f32>, ${(GROUPS - 1) * HEADS}>;
#end
#if SHARES > 1
/// What each subgroup has of a score, by teams, heads and rows.
var<workgroup> ${self}_shares: array<f32, ${WG / TEAM * PAIR * MINE * SHARES}>;
#end

/// A thread's part in the work.
struct ${self}_Member {
  /// Of all teams.
  team: u32,
  /// First head of the workgroup's that the team has, and which of the teams with the same.
  head: u32,
  group: u32,
  /// First of the team's rows of a tile.
  row: u32,
  /// First of every ${TEAM}-th quads.
  quad: u32,
}

/// Queries and sums of a thread's heads; its lane's share in the sum of weights.
struct ${self}_State {
  #for h in 0..PAIR
  top_${h}: f32,
  sum_${h}: f32,
  #for i in 0..OWN
  q_${h}_${i}: vec4<f32>,
  out_${h}_${i}: vec4<f32>,
  #end
  #end
}

/// One value for each head and row of a team.
struct ${self}_Rows {
  #for h in 0..PAIR
  #for k in 0..MINE / 4
  row_${h}_${k}: vec4<f32>,
  #end
  #end
}

/// Those of them that a lane has, of one of each four rows.
struct ${self}_Own {
  #for h in 0..PAIR
  #for k in 0..MINE / 4
  row_${h}_${k}: f32,
  #end
  #end
}

/// What a thread brings of a tile, as it lies in memory, so that nobody waits for it yet.
struct ${self}_Copy {
  #for i in 0..COPIES
  #if PACKED == 1
  quad_${i}: vec4<u32>,
  #else
  quad_${i}: vec4<f32>,
  #end
  #end
}

fn ${self}_member(at: At) -> ${self}_Member {
  let thread = at.sg * ${SG} + at.lane;
  let team = thread / ${TEAM}u;
  return ${self}_Member(
    team, team % ${SETS}u * ${PAIR}u, team / ${SETS}u, team / ${SETS}u * ${MINE}u,
    thread % ${TEAM}u);
}

/// The number of rows that row `t` sees.
fn ${self}_seen(t: u32) -> u32 {
  let n_raw = min(${rows}[2u * t].y + 1u, ${W}u);
  #if has("chosen")
  // All that are visible or as many as can be chosen, without gaps.
  return n_raw + min(${K}u, (${rows}[2u * t].y + 1u) / ${PAGE_TOKENS / P}u);
  #elif has("pages")
  return n_raw + (${rows}[2u * t].y + 1u) / ${ratio}u;
  #else
  return n_raw;
  #end
}

/// Finds the places of rows `first` and following.
fn ${self}_find(at: At, first: u32, end: u32) {
  let n_raw = min(${rows}[2u * at.y].y + 1u, ${W}u);
  if at.lid < ${AHEAD}u {
    var place = vec2<u32>();
    if first + at.lid < end {
      place = ${self}_place(at.y, first + at.lid, n_raw);
    }
    ${self}_places[at.lid] = place;
  }
}

/// Brings the tile of the rows from place `first` on.
fn ${self}_bring(lid: u32, first: u32) -> ${self}_Copy {
  var copy: ${self}_Copy;
  #for i in 0..COPIES
  let place_${i} = ${self}_places[first + (lid + ${i * WG}u) / ${QUADS}u];
  #end
  #for i in 0..COPIES
  #if PACKED == 1
  if place_${i}.x == 3u {
    let packed = ${self}_packed(place_${i}.y, (lid + ${i * WG}u) % ${QUADS}u);
    copy.quad_${i} = vec4<u32>(packed, 0u, 0u);
  } else {
    copy.quad_${i} =
      bitcast<vec4<u32>>(${self}_raw(place_${i}, (lid + ${i * WG}u) % ${QUADS}u));
  }
  #else
  copy.quad_${i} = ${self}_value(place_${i}, (lid + ${i * WG}u) % ${QUADS}u);
  #end
  #end
  return copy;
}

/// What a thread adds to the scores of its team's rows in the tile, `n` of whose rows are
/// there.
fn ${self}_products(m: ${self}_Member, n: u32, state: ptr<function, ${self}_State>)
    -> ${self}_Rows {
  let tile = m.row * ${QUADS}u + m.quad;
  #for k in 0..MINE / 4
  #for h in 0..PAIR
  var sums_${h}_${k} = vec4<f32>();
  #end
  #end
  #for k in 0..MINE / 4
  if m.row + ${4 * k}u < n {
    #for i in 0..OWN
    #for j in 0..4
    {
      let row = ${self}_tile[tile + ${(4 * k + j) * QUADS + i * TEAM}u];
      #for h in 0..PAIR
      {
        let q = (*state).q_${h}_${i};
        var sum = sums_${h}_${k}[${j}];
        sum = fma(q.x, row.x, sum);
        sum = fma(q.y, row.y, sum);
        sum = fma(q.z, row.z, sum);
        sums_${h}_${k}[${j}] = fma(q.w, row.w, sum);
      }
      #end
    }
    #end
    #end
  }
  #end
  var products: ${self}_Rows;
  #for k in 0..MINE / 4
  #for h in 0..PAIR
  products.row_${h}_${k} = sums_${h}_${k};
  #end
  #end
  return products;
}

/// The sums of products over the team. Has a barrier where subgroups may be less than that.
fn ${self}_scores(at: At, m: ${self}_Member, products: ${self}_Rows) -> ${self}_Own {
  var own: ${self}_Own;
  #for k in 0..MINE / 4
  #for h in 0..PAIR
  own.row_${h}_${k} = fours_${TEAM}_add(products.row_${h}_${k}, at.lane);
  #end
  #end
  #if SHARES > 1
  let shares = m.team * ${PAIR * MINE}u + fours_${TEAM}_which(at.lane);
  let n_shares = ${TEAM}u / min(${SG}, ${TEAM}u);
  if m.quad % ${SG} < 4u {
    #for k in 0..MINE / 4
    #for h in 0..PAIR
    ${self}_shares[(shares + ${(h * MINE / 4 + k) * 4}u) * ${SHARES}u + m.quad / ${SG}] =
      own.row_${h}_${k};
    #end
    #end
  }
  workgroupBarrier();
  #for k in 0..MINE / 4
  #for h in 0..PAIR
  own.row_${h}_${k} = 0.0;
  for (var i = 0u; i < n_shares; i += 1u) {
    own.row_${h}_${k} += ${self}_shares[(shares + ${(h * MINE / 4 + k) * 4}u) * ${SHARES}u + i];
  }
  #end
  #end
  #end
  return own;
}

/// Weights of the team's rows; their sums go to `state`, and `factors` are what the former sums are
/// worth.
fn ${self}_weights(
    at: At, m: ${self}_Member, n: u32, scores: ${self}_Own, state: ptr<function, ${self}_State>,
    factors: ptr<function, vec2<f32>>) -> ${self}_Rows {
  var weights: ${self}_Rows;
  let own = m.row + fours_${TEAM}_which(at.lane);
  #for h in 0..PAIR
  let former_${h} = (*state).top_${h};
  var top_${h} = former_${h};
  #for k in 0..MINE / 4
  let score_${h}_${k} = scores.row_${h}_${k} * (1.0 / sqrt(f32(${D})));
  top_${h} = max(top_${h}, select(${self}_LOWEST, score_${h}_${k}, own + ${4 * k}u < n));
  #end
  top_${h} = max(top_${h}, subgroupShuffleXor(top_${h}, 1u));
  top_${h} = max(top_${h}, subgroupShuffleXor(top_${h}, 2u));
  (*state).top_${h} = top_${h};
  let factor_${h} = exp(former_${h} - top_${h});
  (*factors)[${h}] = factor_${h};
  var sum_${h} = factor_${h} * (*state).sum_${h};
  #for k in 0..MINE / 4
  let weight_${h}_${k} = select(0.0, exp(score_${h}_${k} - top_${h}), own + ${4 * k}u < n);
  sum_${h} += weight_${h}_${k};
  weights.row_${h}_${k} = fours_${TEAM}_all(weight_${h}_${k}, at.lane);
  #end
  (*state).sum_${h} = sum_${h};
  #end
  return weights;
}

/// Adds the weighted rows of the team to the sums.
fn ${self}_values(
    m: ${self}_Member, n: u32, weights: ${self}_Rows, factors: vec2<f32>,
    state: ptr<function, ${self}_State>) {
  let tile = m.row * ${QUADS}u + m.quad;
  #for i in 0..OWN
  #for h in 0..PAIR
  var out_${h}_${i} = factors[${h}] * (*state).out_${h}_${i};
  #end
  #end
  #for k in 0..MINE / 4
  if m.row + ${4 * k}u < n {
    #for i in 0..OWN
    #for j in 0..4
    {
      let row = ${self}_tile[tile + ${(4 * k + j) * QUADS + i * TEAM}u];
      #for h in 0..PAIR
      out_${h}_${i} = fma(vec4<f32>(weights.row_${h}_${k}[${j}]), row, out_${h}_${i});
      #end
    }
    #end
    #end
  }
  #end
  #for i in 0..OWN
  #for h in 0..PAIR
  (*state).out_${h}_${i} = out_${h}_${i};
  #end
  #end
}

/// Takes the tile, `n` rows of which are there. Has a barrier where subgroups may be small.
fn ${self}_take(at: At, m: ${self}_Member, n: u32, state: ptr<function, ${self}_State>) {
  let scores = ${self}_scores(at, m, ${self}_products(m, n, state));
  var factors = vec2<f32>();
  let weights = ${self}_weights(at, m, n, scores, state, &factors);
  ${self}_values(m, n, weights, factors, state);
}

/// Puts the teams with the same heads together. After a barrier.
fn ${self}_put(at: At, m: ${self}_Member, state: ${self}_State) {
  let first_head = at.x / ${SPLITS}u * ${HEADS}u;
  let first = ((at.y * ${SPLITS}u + at.x % ${SPLITS}u) * ${H}u + first_head) * ${QUADS + 1}u;
  #if GROUPS > 1
  if m.group > 0u && m.group < ${GROUPS}u {
    #for h in 0..PAIR
    let place_${h} = (m.group - 1u) * ${HEADS}u + m.head + ${h}u;
    #for i in 0..OWN
    ${self}_tile[place_${h} * ${QUADS}u + m.quad + ${i * TEAM}u] = state.out_${h}_${i};
    #end
    if m.quad == 0u {
      ${self}_results[place_${h}] = vec2<f32>(state.top_${h}, state.sum_${h});
    }
    #end
  }
  workgroupBarrier();
  #end
  if m.group == 0u {
    #for h in 0..PAIR
    {
      let head = m.head + ${h}u;
      var top = state.top_${h};
      #for g in 1..GROUPS
      let result_${g} = ${self}_results[${(g - 1) * HEADS}u + head];
      top = max(top, result_${g}.x);
      #end
      let factor = exp(state.top_${h} - top);
      var sum = factor * state.sum_${h};
      #for g in 1..GROUPS
      let factor_${g} = exp(result_${g}.x - top);
      sum += factor_${g} * result_${g}.y;
      #end
      #for i in 0..OWN
      {
        var value = factor * state.out_${h}_${i};
        #for g in 1..GROUPS
        value = fma(
          vec4<f32>(factor_${g}),
          ${self}_tile[(${(g - 1) * HEADS}u + head) * ${QUADS}u + m.quad + ${i * TEAM}u], value);
        #end
        ${parts_v4}[first + head * ${QUADS + 1}u + m.quad + ${i * TEAM}u] = value;
      }
      #end
      if m.quad == 0u {
        ${parts_v4}[first + head * ${QUADS + 1}u + ${QUADS}u] = vec4<f32>(top, sum, 0.0, 0.0);
      }
    }
    #end
  }
}

fn ${self}(at: At) {
  let m = ${self}_member(at);
  let first_head = at.x / ${SPLITS}u * ${HEADS}u + m.head;
  var state: ${self}_State;
  #for h in 0..PAIR
  state.top_${h} = ${self}_LOWEST;
  #for i in 0..OWN
  state.q_${h}_${i} =
    ${q_v4}[(at.y * ${H}u + first_head + ${h}u) * ${QUADS}u + m.quad + ${i * TEAM}u];
  #end
  #end

  let n = ${self}_seen(at.y);
  let n_own = (n + ${SPLITS - 1}u) / ${SPLITS}u;
  let begin = min(at.x % ${SPLITS}u * n_own, n);
  let end = min(begin + n_own, n);
  ${self}_find(at, begin, end);
  workgroupBarrier();
  var copy = ${self}_bring(at.lid, 0u);
  #if PACKED == 1
  var brought = 0u;
  #end
  for (var first = begin; first < end; first += ${JT}u) {
    #for i in 0..COPIES
    #if PACKED == 1
    // Places stay until the next are found, below.
    if ${self}_places[brought + (at.lid + ${i * WG}u) / ${QUADS}u].x == 3u {
      ${self}_tile[at.lid + ${i * WG}u] =
        ${self}_unpacked(copy.quad_${i}.xy, (at.lid + ${i * WG}u) % ${QUADS}u);
    } else {
      ${self}_tile[at.lid + ${i * WG}u] = bitcast<vec4<f32>>(copy.quad_${i});
    }
    #else
    ${self}_tile[at.lid + ${i * WG}u] = copy.quad_${i};
    #end
    #end
    workgroupBarrier();
    let next = (first + ${JT}u - begin) % ${AHEAD}u;
    if next == 0u && first + ${JT}u < end {
      ${self}_find(at, first + ${JT}u, end);
      workgroupBarrier();
    }
    if first + ${JT}u < end {
      copy = ${self}_bring(at.lid, next);
      #if PACKED == 1
      brought = next;
      #end
    }
    ${self}_take(at, m, min(end - first, ${JT}u), &state);
    workgroupBarrier();
  }
  #for h in 0..PAIR
  state.sum_${h} += subgroupShuffleXor(state.sum_${h}, 1u);
  state.sum_${h} += subgroupShuffleXor(state.sum_${h}, 2u);
  #end
  ${self}_put(at, m, state);
}
