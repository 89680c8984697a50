// Redis runs each of these at once, with nothing in between. Only what Redis 7 knows.

/** KEYS: the key. ARGV: the value expected, the new one, its milliseconds. */
export const replaceScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS: the key. ARGV: the value expected. */
export const deleteScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

export const notACount = -1;

/** KEYS: the key. ARGV: the milliseconds of a window that starts now, if none runs. Answers the count, and how long it still runs. */
export const incrementScript = `
local value = redis.call('GET', KEYS[1])
if not value then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
  return {1, tonumber(ARGV[1])}
end
if #value > 15 or not string.match(value, '^%d+$') then return {${notACount}, 0} end
return {redis.call('INCR', KEYS[1]), redis.call('PTTL', KEYS[1])}`;
