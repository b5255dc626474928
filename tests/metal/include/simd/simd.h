// Apple's library of vector types for the host; emitted kernels include it and use nothing of it.
#pragma once
