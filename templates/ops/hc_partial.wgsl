//! Parts of fun · v and of Σ v², v = all streams: CHUNK values of every stream along x,
//! TOKENS rows along y.
#if TOKENS > 1
#import tile/stream_rows with ROWS = TOKENS
#else
#import tile/stream_dots
#end

fn ${self}(at: At) {
  ${self}_part(at);
}
