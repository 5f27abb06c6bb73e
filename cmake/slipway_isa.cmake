# slipway_isa_sources(source...)
#
# What a kernel's file is compiled for stands in its name: x_vnni512.cc is for that instruction set
# and for nothing else. Where the processor is of another kind, the file is left out. Code that runs
# everywhere must not be in such a file, nor in a header that it shares with others: the linker keeps
# one copy of an inline function, and it may be the one for the newer processor.
set(SLIPWAY_ISA_avx2 x86_64 -mavx2 -mfma -mf16c)
set(SLIPWAY_ISA_avx_vnni x86_64 -mavx2 -mfma -mf16c -mavxvnni)
set(SLIPWAY_ISA_avx512 x86_64 -march=x86-64-v4)
set(SLIPWAY_ISA_vnni512 x86_64 -march=x86-64-v4 -mavx512vnni)
set(SLIPWAY_ISA_bf16_512 x86_64 -march=x86-64-v4 -mavx512vnni -mavx512bf16)
set(SLIPWAY_ISA_fp16_512 x86_64 -march=x86-64-v4 -mavx512vnni -mavx512bf16 -mavx512fp16)
set(SLIPWAY_ISA_amx x86_64 -march=x86-64-v4 -mavx512vnni -mavx512bf16 -mavx512fp16 -mamx-tile
    -mamx-int8 -mamx-bf16)
set(SLIPWAY_ISA_neon aarch64 -march=armv8-a)
set(SLIPWAY_ISA_dotprod aarch64 -march=armv8.2-a+dotprod)
set(SLIPWAY_ISA_fp16 aarch64 -march=armv8.2-a+dotprod+fp16)

# Sanitizers take a minute or more for each of these files, whose loops are unrolled into hundreds of
# checked loads: they see them only where somebody asks. Portable code, which all others are
# compared with, is always seen.
option(SLIPWAY_SANITIZE_VECTORS "sanitizers in kernels for vector instruction sets, too" OFF)

# slipway_small(OUT processor source): whether a file is portable code that no x86-64 of the last ten
# years runs, for there are vector variants beside it. It is what these are compared with, and made
# small: compilers unroll its loops into more code than all others have. On aarch64 the portable code
# of some kernels is the fast one.
function(slipway_small OUT PROCESSOR SOURCE)
  string(REGEX REPLACE "\\.cc$" "_avx2.cc" beside ${SOURCE})
  set(small FALSE)
  if(PROCESSOR STREQUAL x86_64 AND SOURCE MATCHES "/kernels/" AND EXISTS ${beside})
    set(small TRUE)
  endif()
  set(${OUT} ${small} PARENT_SCOPE)
endfunction()

function(slipway_isa_sources)
  foreach(source ${ARGN})
    slipway_small(small ${CMAKE_SYSTEM_PROCESSOR} ${source})
    if(small AND NOT SLIPWAY_SANITIZE AND NOT SLIPWAY_FUZZ)
      set_source_files_properties(${source} PROPERTIES
        COMPILE_OPTIONS -Os SKIP_PRECOMPILE_HEADERS ON)
    endif()
    foreach(isa avx2 avx_vnni avx512 vnni512 bf16_512 fp16_512 amx neon dotprod fp16)
      if(source MATCHES "_${isa}\\.cc$")
        list(GET SLIPWAY_ISA_${isa} 0 processor)
        list(SUBLIST SLIPWAY_ISA_${isa} 1 -1 flags)
        if(processor STREQUAL CMAKE_SYSTEM_PROCESSOR)
          if(SLIPWAY_SANITIZE AND NOT SLIPWAY_SANITIZE_VECTORS)
            list(APPEND flags -fno-sanitize=all)
          endif()
          set_source_files_properties(${source} PROPERTIES
            COMPILE_OPTIONS "${flags}" SKIP_PRECOMPILE_HEADERS ON)
        else()
          set_source_files_properties(${source} PROPERTIES HEADER_FILE_ONLY ON)
        endif()
      endif()
    endforeach()
  endforeach()
endfunction()
