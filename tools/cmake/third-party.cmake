# The code of other projects: compiled in from npm packages, or linked from Debian's.
set(modules ${CMAKE_SOURCE_DIR}/node_modules)

# Third-party code is built without our warnings, and less optimised under sanitizers, where it
# would take longer to compile than all of ours.
function(fsdb_third_party target)
  if(FSDB_SANITIZE)
    target_compile_options(${target} PRIVATE -w -O1)
  else()
    target_compile_options(${target} PRIVATE -w -O2)
  endif()
endfunction()

# SQLite: the amalgamation. Older than 3.51.3 loses data when one thread checkpoints while another
# writes (the WAL-reset bug, https://www.sqlite.org/wal.html#walresetbug).
set(sqliteSource ${modules}/@photostructure/sqlite/src/upstream)
file(STRINGS ${sqliteSource}/sqlite3.h sqliteVersionLine REGEX "^#define SQLITE_VERSION_NUMBER")
string(REGEX MATCH "[0-9]+$" sqliteVersion "${sqliteVersionLine}")
if(sqliteVersion LESS 3051003)
  message(FATAL_ERROR "SQLite must be at least 3.51.3, found ${sqliteVersion}")
endif()
add_library(sqlite3 STATIC ${sqliteSource}/sqlite3.c)
target_include_directories(sqlite3 SYSTEM PUBLIC ${sqliteSource})
target_compile_definitions(sqlite3 PRIVATE
  SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_OMIT_DEPRECATED SQLITE_OMIT_SHARED_CACHE SQLITE_ENABLE_FTS5 SQLITE_ENABLE_RTREE
  SQLITE_ENABLE_DBSTAT_VTAB SQLITE_ENABLE_COLUMN_METADATA SQLITE_ENABLE_PREUPDATE_HOOK
  SQLITE_ENABLE_STAT4 SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_DEFAULT_FOREIGN_KEYS=1
  SQLITE_USE_URI=0 SQLITE_TRACE_SIZE_LIMIT=32 SQLITE_STMTJRNL_SPILL=1048576 HAVE_FDATASYNC=1)
target_compile_definitions(sqlite3 PUBLIC SQLITE_ENABLE_COLUMN_METADATA SQLITE_ENABLE_PREUPDATE_HOOK)
target_link_libraries(sqlite3 PRIVATE m ${CMAKE_DL_LIBS})
fsdb_third_party(sqlite3)
if(NOT FSDB_SANITIZE)
  target_compile_options(sqlite3 PRIVATE -O3)
endif()

add_library(simdjson STATIC ${modules}/@nozbe/simdjson/src/simdjson.cpp)
target_include_directories(simdjson SYSTEM PUBLIC ${modules}/@nozbe/simdjson/src)
fsdb_third_party(simdjson)

# libfyaml: the machine's shared library, or compiled in from the sources of a release. The second
# is for addons that are given to others, whose machines may lack the library.
set(FSDB_LIBFYAML_SOURCE "" CACHE PATH "Unpacked sources of libfyaml >= 0.7.12 to compile in")
if(FSDB_LIBFYAML_SOURCE)
  include(tools/cmake/libfyaml.cmake)
else()
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LIBFYAML IMPORTED_TARGET libfyaml>=0.7.12)
  if(NOT LIBFYAML_FOUND)
    message(FATAL_ERROR "libfyaml is missing: apt-get install libfyaml-dev")
  endif()
  add_library(libfyaml ALIAS PkgConfig::LIBFYAML)
endif()

# Header only: XXH_INLINE_ALL compiles it into our own object files.
find_path(XXHASH_INCLUDE_DIRECTORY xxhash.h)
if(NOT XXHASH_INCLUDE_DIRECTORY)
  message(FATAL_ERROR "xxhash.h is missing: apt-get install libxxhash-dev")
endif()
add_library(xxhash INTERFACE)
target_include_directories(xxhash SYSTEM INTERFACE ${XXHASH_INCLUDE_DIRECTORY})
target_compile_definitions(xxhash INTERFACE XXH_INLINE_ALL)

# Node-API version 8: one binary for Node 20 and newer, Electron and VS Code.
add_library(node_api INTERFACE)
target_include_directories(node_api SYSTEM INTERFACE
  ${modules}/node-addon-api ${modules}/node-api-headers/include)
target_compile_definitions(node_api INTERFACE
  NAPI_VERSION=8 NODE_ADDON_API_DISABLE_DEPRECATED NAPI_CPP_EXCEPTIONS
  NODE_ADDON_API_CPP_EXCEPTIONS_ALL
  # A Worker that is being terminated takes no exceptions any more; without this, one would abort.
  NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)
