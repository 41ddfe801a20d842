# Compiles libfyaml from FSDB_LIBFYAML_SOURCE. Its own build needs autotools and makes a static library
# that is not position independent; all that it finds out about the machine is whether qsort_r exists.
include(CheckSymbolExists)

file(GLOB libfyamlSources ${FSDB_LIBFYAML_SOURCE}/src/lib/*.c)
if(NOT libfyamlSources)
  message(FATAL_ERROR "FSDB_LIBFYAML_SOURCE has no src/lib/*.c: ${FSDB_LIBFYAML_SOURCE}")
endif()
file(STRINGS ${FSDB_LIBFYAML_SOURCE}/configure versionLine REGEX "^PACKAGE_VERSION=")
string(REGEX MATCH "[0-9][0-9.]*" libfyamlVersion "${versionLine}")
if(libfyamlVersion VERSION_LESS 0.7.12)
  message(FATAL_ERROR "libfyaml must be at least 0.7.12, found '${libfyamlVersion}'")
endif()
message(STATUS "libfyaml ${libfyamlVersion} is compiled in")

set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_symbol_exists(qsort_r stdlib.h HAVE_QSORT_R)
unset(CMAKE_REQUIRED_DEFINITIONS)
file(CONFIGURE OUTPUT libfyaml/config.h CONTENT [[
#define _GNU_SOURCE 1
#define VERSION "@libfyamlVersion@"
#cmakedefine01 HAVE_QSORT_R
]] @ONLY)

add_library(libfyaml STATIC ${libfyamlSources} ${FSDB_LIBFYAML_SOURCE}/src/xxhash/xxhash.c)
set_target_properties(libfyaml PROPERTIES PREFIX "" C_EXTENSIONS ON)
target_include_directories(libfyaml SYSTEM PUBLIC ${FSDB_LIBFYAML_SOURCE}/include)
target_include_directories(libfyaml PRIVATE
  ${CMAKE_CURRENT_BINARY_DIR}/libfyaml ${FSDB_LIBFYAML_SOURCE}/src
  ${FSDB_LIBFYAML_SOURCE}/src/lib ${FSDB_LIBFYAML_SOURCE}/src/xxhash)
target_compile_definitions(libfyaml PRIVATE HAVE_CONFIG_H)
fsdb_third_party(libfyaml)
