// A workgroup on the CPU: each thread is a fiber, and all take turns on one OS thread.
//
// A fiber runs until it waits: for its workgroup at a barrier, or for its wave where lanes
// exchange values. When every fiber waits and nothing has happened for a round, the kernel's
// threads do not all reach the same barrier; the program then ends with status 3.

#include <ucontext.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#define __device__
#define __global__
#define __shared__ static
#define __launch_bounds__(n)
#define __align__(n) __attribute__((aligned(n)))
#define __forceinline__ inline
#define __grid_constant__

namespace lanes {

#if defined(__GFX9__)
constexpr unsigned wave = 64;
#else
constexpr unsigned wave = 32;
#endif

struct Three {
  unsigned x, y, z;
};

/// Where threads wait for each other.
struct Barrier {
  unsigned expected = 0;
  unsigned arrived = 0;
  unsigned generation = 0;
};

/// What a lane shows to the others of its wave.
struct Slot {
  alignas(16) unsigned char bytes[64];
};

struct Wave {
  Barrier barrier;
  Slot slots[wave];
};

struct Lane {
  ucontext_t context;
  Three thread;
  unsigned number;
  bool is_done = false;
  std::unique_ptr<char[]> stack;
};

inline ucontext_t scheduler;
inline Lane* self;
inline Three group, groups;
inline Barrier* group_barrier;
inline std::vector<Wave>* waves;
/// Counts arrivals and returns.
inline unsigned long events;
inline void (*body)(void*);
inline void* argument;

inline unsigned lane() { return self->number % wave; }
inline Wave& own_wave() { return (*waves)[self->number / wave]; }

inline void wait(Barrier& barrier) {
  const unsigned generation = barrier.generation;
  events++;
  if (++barrier.arrived == barrier.expected) {
    barrier.arrived = 0;
    barrier.generation++;
    return;
  }
  while (barrier.generation == generation) swapcontext(&self->context, &scheduler);
}

/// Shows `value` to the wave, computes something from what all show, and goes on once all have.
template <class T, class F>
auto exchange(const T& value, F f) {
  static_assert(sizeof(T) <= sizeof(Slot), "a lane shows at most 64 bytes");
  Wave& wave = own_wave();
  std::memcpy(wave.slots[lane()].bytes, &value, sizeof(T));
  wait(wave.barrier);
  const auto of = [&](unsigned lane) {
    T shown;
    std::memcpy(&shown, wave.slots[lane % lanes::wave].bytes, sizeof(T));
    return shown;
  };
  auto result = f(of);
  wait(wave.barrier);
  return result;
}

inline void run_lane() {
  body(argument);
  self->is_done = true;
  events++;
  swapcontext(&self->context, &scheduler);
}

inline void start(Lane& lane) {
  constexpr std::size_t stack = 256 * 1024;
  lane.stack.reset(new char[stack]);
  getcontext(&lane.context);
  lane.context.uc_stack.ss_sp = lane.stack.get();
  lane.context.uc_stack.ss_size = stack;
  lane.context.uc_link = &scheduler;
  makecontext(&lane.context, run_lane, 0);
}

inline void run_group(Three threads) {
  const unsigned n = threads.x * threads.y * threads.z;
  std::vector<Lane> all(n);
  std::vector<Wave> all_waves((n + wave - 1) / wave);
  Barrier barrier;
  barrier.expected = n;
  waves = &all_waves;
  group_barrier = &barrier;
  for (unsigned i = 0; i < n; i++) {
    all[i].number = i;
    all[i].thread = {i % threads.x, i / threads.x % threads.y, i / (threads.x * threads.y)};
    all_waves[i / wave].barrier.expected++;
    start(all[i]);
  }
  for (bool is_open = true; is_open;) {
    is_open = false;
    const unsigned long before = events;
    for (Lane& lane : all) {
      if (lane.is_done) continue;
      is_open = true;
      self = &lane;
      swapcontext(&scheduler, &lane.context);
    }
    if (is_open && events == before) {
      std::fprintf(stderr, "some threads wait for others that never come\n");
      std::exit(3);
    }
  }
}

inline std::vector<char> read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// A parameter of a kernel: the beginning of a buffer, or a struct.
template <class P>
struct Parameter {
  static P from(char* bytes) {
    P value;
    std::memcpy(&value, bytes, sizeof(P));
    return value;
  }
};
template <class T>
struct Parameter<T*> {
  static T* from(char* bytes) { return (T*)bytes; }
};

template <class... P, std::size_t... i>
void run_grid(void (*kernel)(P...), Three threads, char** buffers, std::index_sequence<i...>) {
  auto call = [=] { kernel(Parameter<P>::from(buffers[i])...); };
  argument = &call;
  body = [](void* f) { (*static_cast<decltype(call)*>(f))(); };
  for (group.z = 0; group.z < groups.z; group.z++)
    for (group.y = 0; group.y < groups.y; group.y++)
      for (group.x = 0; group.x < groups.x; group.x++) run_group(threads);
}

/// Runs `kernel` as the arguments of the program say: three numbers of workgroups, three of
/// threads, and a file for each parameter. Files are written back.
template <class... P>
int run(void (*kernel)(P...), int n, char** arguments) {
  if (n != int(6 + sizeof...(P))) {
    std::fprintf(stderr, "expected %zu parameters, found %d\n", sizeof...(P), n - 6);
    return 2;
  }
  const auto number = [&](int i) { return unsigned(std::atoi(arguments[i])); };
  groups = {number(0), number(1), number(2)};
  constexpr std::size_t line = 64;
  std::vector<std::vector<char>> files;
  std::vector<char*> buffers;
  for (int i = 6; i < n; i++) {
    files.push_back(read(arguments[i]));
    char* buffer = (char*)std::aligned_alloc(line, (files.back().size() + line) / line * line);
    std::memcpy(buffer, files.back().data(), files.back().size());
    buffers.push_back(buffer);
  }
  run_grid(kernel, {number(3), number(4), number(5)}, buffers.data(),
           std::index_sequence_for<P...>());
  for (int i = 6; i < n; i++) {
    std::ofstream(arguments[i], std::ios::binary).write(buffers[i - 6], files[i - 6].size());
    std::free(buffers[i - 6]);
  }
  return 0;
}

}  // namespace lanes

#define threadIdx (lanes::self->thread)
#define blockIdx (lanes::group)
#define gridDim (lanes::groups)

inline void __syncthreads() { lanes::wait(*lanes::group_barrier); }
inline void __threadfence() {}

