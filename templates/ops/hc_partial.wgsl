//! Parts of fun · v and of Σ v², v = all streams: CHUNK values of every stream along x,
//! TOKENS rows along y.
#import tile/stream_dots with ROWS = TOKENS

fn ${self}(at: At) {
  ${self}_part(at);
}
