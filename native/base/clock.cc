#include "base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace fsdb {

std::string toIso(WallTime time) {
  using std::chrono::milliseconds;
  const auto sinceEpoch = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(sinceEpoch);
  const std::time_t calendar = seconds.count();
  std::tm utc{};
  gmtime_r(&calendar, &utc);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                    utc.tm_sec, static_cast<int>((sinceEpoch - seconds).count()));
  return {text.data(), static_cast<size_t>(length)};
}

}  // namespace fsdb
