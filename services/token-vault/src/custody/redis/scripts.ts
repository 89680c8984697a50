// One hash for each credential: `current` is the highest generation that was committed, every other field is
// `<generation>.<data key id>` with that generation's texts. Each script runs alone, whoever else is asking.

/**
 * A generation that is about to be committed, beside the one that counts. Refused (answers the current one) where it
 * would not be later: that is the compare of compare-and-set. An expiry of the generation before must not take the new
 * one along before it is committed.
 */
export const beginScript = `
local current = tonumber(redis.call('hget', KEYS[1], 'current') or '0')
if tonumber(ARGV[1]) <= current then return current end
redis.call('hset', KEYS[1], ARGV[2], ARGV[3])
redis.call('persist', KEYS[1])
return 0`;

/**
 * It is committed: it is current, and what is not later goes. ARGV[3]: milliseconds until it is worth nothing, 0 for
 * never. Answers 0 where its field is gone, as it is where a later one was faster.
 */
export const commitScript = `
local generation = tonumber(ARGV[1])
if redis.call('hexists', KEYS[1], ARGV[2]) == 0 then return 0 end
local current = tonumber(redis.call('hget', KEYS[1], 'current') or '0')
if generation < current then redis.call('hdel', KEYS[1], ARGV[2]) return 0 end
redis.call('hset', KEYS[1], 'current', ARGV[1])
local later = false
for _, field in ipairs(redis.call('hkeys', KEYS[1])) do
  if field ~= 'current' and field ~= ARGV[2] then
    if tonumber(string.match(field, '^%d+')) <= generation then redis.call('hdel', KEYS[1], field) else later = true end
  end
end
if tonumber(ARGV[3]) > 0 and not later then redis.call('pexpire', KEYS[1], ARGV[3]) else redis.call('persist', KEYS[1]) end
return 1`;

/** Takes fields out, and the rest where nothing is left but the number. */
export const dropScript = `
redis.call('hdel', KEYS[1], unpack(ARGV))
if redis.call('hlen', KEYS[1]) == 1 and redis.call('hexists', KEYS[1], 'current') == 1 then redis.call('del', KEYS[1]) end
return 0`;
