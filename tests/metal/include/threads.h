// The threads of a workgroup as fibers: contexts with own stacks, of which one runs at a time.
//
// A thread runs until it waits: at a barrier, where it exchanges a value with its subgroup, or at
// its end. Then the next thread of the subgroup runs; once all of them wait for the subgroup, it
// goes on with its first thread, and once all wait for the workgroup, the next subgroup runs.
// So a barrier costs one switch for each thread, and every run takes the same order.
//
// With the thread sanitizer each fiber is a thread of its own, and only barriers synchronize, so
// what is missing a barrier is a race whatever the order was.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define CPU_TSAN 1
// The bookkeeping below is shared by fibers on purpose.
#define CPU_PLAIN __attribute__((no_sanitize("thread"), noinline))
#else
#define CPU_TSAN 0
#define CPU_PLAIN
#endif

#if defined(__x86_64__) && !defined(CPU_UCONTEXT)
#define CPU_ASSEMBLY 1
#else
#define CPU_ASSEMBLY 0
#include <ucontext.h>
#endif

namespace cpu {

// Lanes of a subgroup, as on Apple's GPUs.
inline constexpr uint32_t WIDTH = 32;
inline constexpr uint32_t MAX_THREADS = 1024;
inline constexpr size_t STACK = 64 << 10;
// Stacks a power of two apart would share the sets of the cache.
inline constexpr size_t STACK_STRIDE = STACK + 9 * 64;
// What workgroup memory holds before anything is written, and what must stay around it: as a
// float it is not a number.
inline constexpr unsigned char POISON = 0xff;
inline constexpr size_t GUARD = 64;

// One call of a kernel; the host's side has the same declaration.
struct Run {
  uint32_t threads;
  uint32_t grid[3];
  // The workgroups to run, by number; x is the fastest coordinate.
  uint64_t first, last;
  // By number of the binding.
  void *const *buffers;
  const uint32_t *immediates;
  // Set to a text when a kernel breaks a rule.
  const char *error;
};

// Which thread a kernel is.
struct At {
  uint32_t group[3];
  uint32_t grid[3];
  uint32_t id, threads;
  uint32_t lane() const { return id % WIDTH; }
  uint32_t subgroup() const { return id / WIDTH; }
  uint32_t subgroups() const { return (threads + WIDTH - 1) / WIDTH; }
};

enum class Wait : uint8_t { Exchange, Subgroup, Workgroup, End };

struct Context {
#if CPU_ASSEMBLY
  void *stack_pointer;
#else
  ucontext_t saved;
#endif
#if CPU_TSAN
  void *tsan;
#endif
};

#if CPU_ASSEMBLY
// Saves the registers that a call preserves, and goes on where `to` was left.
__attribute__((naked)) inline void swap_stacks(void **from, void *to) {
  asm("pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
      "movq %rsp, (%rdi)\n movq %rsi, %rsp\n"
      "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret");
}
#endif

// Addresses by which the sanitizer knows the barriers of a workgroup.
struct Sync {
  char subgroup[MAX_THREADS / WIDTH][2], workgroup[2];
};

struct Workgroup {
  using Body = void (*)(const Run &, const At &, void *shared);

  Body body;
  Run *run;
  At at;
  void *shared;
  // The thread that runs; all else is indexed by thread, or by subgroup.
  uint32_t self;
  Context host, fibers[MAX_THREADS];
  char *stacks;
  Wait waits[MAX_THREADS / WIDTH];
  // Two places, used in turn: a thread that is one exchange ahead writes where none reads.
  alignas(16) unsigned char slots[2][MAX_THREADS][16];
  uint8_t slot[MAX_THREADS];
  // The same for barriers.
  uint8_t subgroup_turn[MAX_THREADS], workgroup_turn[MAX_THREADS];
  Sync *sync;
  char begin_sync, end_sync;
};

inline constinit thread_local Workgroup *current = nullptr;

#if CPU_TSAN
inline void publish(char &at) { __tsan_release(&at); }
inline void observe(char &at) { __tsan_acquire(&at); }
#else
inline void publish(char &) {}
inline void observe(char &) {}
#endif

CPU_PLAIN inline void switch_contexts(Context &from, Context &to) {
#if CPU_TSAN
  __tsan_switch_to_fiber(to.tsan, __tsan_switch_to_fiber_no_sync);
#endif
#if CPU_ASSEMBLY
  swap_stacks(&from.stack_pointer, to.stack_pointer);
#else
  swapcontext(&from.saved, &to.saved);
#endif
}

CPU_PLAIN inline void fail(Workgroup &group, const char *error) {
  group.run->error = error;
  switch_contexts(group.fibers[group.self], group.host);
}

// Leaves the running thread until what it waits for has come.
CPU_PLAIN inline void wait(Wait kind) {
  Workgroup &group = *current;
  const uint32_t self = group.self, subgroup = self / WIDTH, first = subgroup * WIDTH;
  const uint32_t end = first + WIDTH < group.at.threads ? first + WIDTH : group.at.threads;
  Wait &waits = group.waits[subgroup];
  if (self == first) waits = kind;
  else if (waits != kind) fail(group, "threads of a subgroup wait at different operations");
  uint32_t next = self + 1;
  if (next == end) {
    const bool within = kind == Wait::Exchange || kind == Wait::Subgroup;
    if (within) next = first;
    else if (waits != group.waits[0]) fail(group, "subgroups wait at different barriers");
    else if (end == group.at.threads) next = 0;
    if (next == 0 && kind == Wait::End) {
      group.self = 0;
      return switch_contexts(group.fibers[self], group.host);
    }
  }
  group.self = next;
  if (next != self) switch_contexts(group.fibers[self], group.fibers[next]);
}

CPU_PLAIN inline void subgroup_barrier() {
  Workgroup &group = *current;
  const uint32_t self = group.self;
  char &sync = group.sync->subgroup[self / WIDTH][group.subgroup_turn[self]++ % 2];
  publish(sync);
  wait(Wait::Subgroup);
  observe(sync);
}

CPU_PLAIN inline void workgroup_barrier() {
  Workgroup &group = *current;
  char &sync = group.sync->workgroup[group.workgroup_turn[group.self]++ % 2];
  publish(sync);
  wait(Wait::Workgroup);
  observe(sync);
}

// Lanes of the running thread's subgroup.
CPU_PLAIN inline uint32_t lanes() {
  const uint32_t left = current->at.threads - current->self / WIDTH * WIDTH;
  return left < WIDTH ? left : WIDTH;
}

CPU_PLAIN inline uint32_t lane() { return current->self % WIDTH; }

// A place for each lane.
using Slots = unsigned char (*)[16];

template <class T> CPU_PLAIN void put(Slots slots, uint32_t lane, T value) {
  static_assert(sizeof(T) <= sizeof(slots[0]));
  __builtin_memcpy(slots[lane], &value, sizeof(T));
}

template <class T> CPU_PLAIN T shown(Slots slots, uint32_t lane) {
  T value;
  __builtin_memcpy(&value, slots[lane % WIDTH], sizeof(T));
  return value;
}

// Shows a value to the subgroup, and returns what its lanes show, until the next but one
// exchange. It orders no other memory.
template <class T> CPU_PLAIN Slots show(T value) {
  Workgroup &group = *current;
  const uint32_t self = group.self;
  const Slots slots = &group.slots[group.slot[self]++ % 2][self / WIDTH * WIDTH];
  put(slots, self % WIDTH, value);
  wait(Wait::Exchange);
  return slots;
}

// What each fiber runs.
CPU_PLAIN inline void run_threads() {
  Workgroup &group = *current;
  observe(group.begin_sync);
  for (;;) {
    At at = group.at;
    at.id = group.self;
    group.body(*group.run, at, group.shared);
    publish(group.end_sync);
    wait(Wait::End);
  }
}

CPU_PLAIN inline void begin_fiber(Context &context, char *stack) {
  memset(stack, POISON, GUARD);
#if CPU_TSAN
  context.tsan = __tsan_create_fiber(0);
#endif
#if CPU_ASSEMBLY
  // As if `swap_stacks` had been called: six registers, where to return to, and the alignment
  // that a function finds at its begin.
  void **top = (void **)((uintptr_t)(stack + STACK) & ~(uintptr_t)15);
  top[-2] = (void *)run_threads;
  memset(&top[-8], 0, 6 * sizeof(void *));
  context.stack_pointer = &top[-8];
#else
  getcontext(&context.saved);
  context.saved.uc_stack.ss_sp = stack;
  context.saved.uc_stack.ss_size = STACK;
  context.saved.uc_link = nullptr;
  makecontext(&context.saved, run_threads, 0);
#endif
}

// Makes the fibers of a workgroup, which run the threads of any number of workgroups.
inline void begin_fibers(Workgroup &group) {
  const size_t size = STACK_STRIDE * group.at.threads;
  group.stacks = (char *)mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (group.stacks == MAP_FAILED) abort();
  for (uint32_t i = 0; i < group.at.threads; i++)
    begin_fiber(group.fibers[i], group.stacks + i * STACK_STRIDE);
  publish(group.begin_sync);
}

inline bool is_poison(const void *from, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (((const unsigned char *)from)[i] != POISON) return false;
  return true;
}

// Ends fibers, none of which runs; a stack grows towards its guard.
inline void end_fibers(Workgroup &group) {
  for (uint32_t i = 0; i < group.at.threads; i++) {
    if (!is_poison(group.stacks + i * STACK_STRIDE, GUARD))
      group.run->error = "the stack of a thread overflowed";
#if CPU_TSAN
    __tsan_destroy_fiber(group.fibers[i].tsan);
#endif
  }
  munmap(group.stacks, STACK_STRIDE * group.at.threads);
}

// The immediates of a run, of which there are `COUNT`, as a kernel declares them.
template <class T, int COUNT> const T &immediates(const Run &run) {
  static_assert(sizeof(T) <= COUNT * sizeof(uint32_t), "the kernel has more immediates");
  return *(const T *)run.immediates;
}

// For parameters that no kernel reads.
template <class T> inline constexpr T nothing = {};

// Runs the workgroups of `run`, whose workgroup memory is a `Shared`, with a guard of poison after
// each of its members.
//
// To the sanitizer each workgroup has fibers and memory of its own, which nothing orders after
// those of other workgroups.
template <class Shared> void run_workgroups(Run &run, Workgroup::Body body) {
  struct alignas(64) Memory {
    Shared shared;
    Sync sync;
  };
  const uint64_t copies = CPU_TSAN ? run.last - run.first : 1;
  auto memory = (Memory *)aligned_alloc(64, sizeof(Memory) * copies);
  memset((void *)memory, POISON, sizeof(Memory) * copies);
  auto group = (Workgroup *)calloc(1, sizeof(Workgroup));
  group->body = body;
  group->run = &run;
  group->at.threads = run.threads;
  memcpy(group->at.grid, run.grid, sizeof run.grid);
#if CPU_TSAN
  group->host.tsan = __tsan_get_current_fiber();
#endif
  current = group;
  if (!CPU_TSAN) begin_fibers(*group);
  for (uint64_t i = run.first; i < run.last && !run.error; i++) {
    Memory &own = memory[CPU_TSAN ? i - run.first : 0];
    if (CPU_TSAN) begin_fibers(*group);
    else memset((void *)&own.shared, POISON, sizeof own.shared);
    group->at.group[0] = i % run.grid[0];
    group->at.group[1] = i / run.grid[0] % run.grid[1];
    group->at.group[2] = i / run.grid[0] / run.grid[1];
    group->shared = &own.shared;
    group->sync = &own.sync;
    group->self = 0;
    switch_contexts(group->host, group->fibers[0]);
    if (!run.error && !own.shared.is_intact())
      run.error = "it wrote past the end of a workgroup array";
    if (CPU_TSAN) end_fibers(*group);
  }
  if (!CPU_TSAN) end_fibers(*group);
  observe(group->end_sync);
  free(memory);
  free(group);
}

}  // namespace cpu
