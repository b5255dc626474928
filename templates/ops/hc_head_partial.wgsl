//! Parts of fun · v and of Σ v², v = all streams: CHUNK values of every stream along x, one row
//! along y.
#import tile/stream_dots with M = S

fn ${self}(at: At) {
  ${self}_part(at);
}
