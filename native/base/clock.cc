#include "base/clock.h"

namespace fsdb {
namespace {

// Writes the last `digits` digits of `number`. By hand: a sync formats a time for each file, which
// snprintf() and gmtime_r() made one of its larger costs.
void putDigits(char* to, unsigned number, int digits) {
  for (int i = digits - 1; i >= 0; i--) {
    to[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

std::string toIso(WallTime time) {
  using std::chrono::floor;
  const auto ms = floor<std::chrono::milliseconds>(time);
  const auto day = floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(ms - day);
  char text[] = "0000-00-00T00:00:00.000Z";
  putDigits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  putDigits(text + 5, static_cast<unsigned>(date.month()), 2);
  putDigits(text + 8, static_cast<unsigned>(date.day()), 2);
  putDigits(text + 11, static_cast<unsigned>(clock.hours().count()), 2);
  putDigits(text + 14, static_cast<unsigned>(clock.minutes().count()), 2);
  putDigits(text + 17, static_cast<unsigned>(clock.seconds().count()), 2);
  putDigits(text + 20, static_cast<unsigned>(clock.subseconds().count()), 3);
  return text;
}

}  // namespace fsdb
