// A program of one kernel: reads what to run from its input and writes the buffers to its output.
#pragma once
#include "threads.h"
#include <stdio.h>

namespace cpu {

inline uint64_t read_number() {
  uint64_t number = 0;
  if (fread(&number, sizeof number, 1, stdin) != 1) exit(2);
  return number;
}

inline char *read_bytes(uint64_t size) {
  auto bytes = (char *)aligned_alloc(256, (size + 255) / 256 * 256);
  if (fread(bytes, 1, size, stdin) != size) exit(2);
  return bytes;
}

// The numbers are: threads, the grid, and how many buffers, bindings and immediates there are;
// then the size of each buffer and its bytes, for each binding its number, buffer and offset, and
// the immediates.
inline int replay(void (*kernel)(Run *)) {
  constexpr uint64_t MOST = 64;
  Run run = {};
  run.threads = (uint32_t)read_number();
  for (auto &groups : run.grid) groups = (uint32_t)read_number();
  run.last = (uint64_t)run.grid[0] * run.grid[1] * run.grid[2];
  const uint64_t buffers = read_number(), bindings = read_number(), immediates = read_number();
  if (buffers > MOST || bindings > MOST) return 2;
  uint64_t sizes[MOST];
  char *memory[MOST];
  void *bound[MOST] = {};
  for (uint64_t i = 0; i < buffers; i++) {
    sizes[i] = read_number();
    memory[i] = read_bytes(sizes[i]);
  }
  for (uint64_t i = 0; i < bindings; i++) {
    const uint64_t number = read_number(), buffer = read_number(), offset = read_number();
    if (number >= MOST || buffer >= buffers) return 2;
    bound[number] = memory[buffer] + offset;
  }
  auto values = (uint32_t *)read_bytes(immediates * sizeof(uint32_t));
  run.buffers = bound;
  run.immediates = values;
  kernel(&run);
  if (run.error) {
    fprintf(stderr, "%s\n", run.error);
    return 1;
  }
  for (uint64_t i = 0; i < buffers; i++) fwrite(memory[i], 1, sizes[i], stdout);
  return 0;
}

}  // namespace cpu
