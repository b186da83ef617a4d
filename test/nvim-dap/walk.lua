-- Walks the sample's snapshot in Neovim, and checks at each stop where the cursor is.
--   nvim --headless --clean -u test/nvim-dap/walk.lua        with NVIM_DAP, the folder of an nvim-dap
local root = vim.fn.fnamemodify(debug.getinfo(1, 'S').source:sub(2), ':p:h:h:h')
local plugin = vim.env.NVIM_DAP
if not plugin then
  print('Set NVIM_DAP to a checkout of nvim-dap (github.com/mfussenegger/nvim-dap).\n')
  vim.cmd('cquit 2')
end
vim.opt.runtimepath:prepend(plugin)
vim.opt.swapfile = false
local dap = require('dap')

-- Of each stop: what the thread says, then the file (of a listing, which has none: its first line) and the line where
-- Neovim's cursor must be.
local expected = {
  { 'State stash', 'write%-tracking%-thread%.ts$', 'cpu_synchronize_all_states' },
  { 'WP arm', 'write%-tracking%-thread%.ts$', 'ram_write_tracking_start' },
  { 'vm_start bottom half', 'write%-tracking%-thread%.ts$', 'vm_start' },
  { 'Write fault on page', 'working%-set%.c$', 'words%[word%] = round' },
  { 'Completed', 'write%-tracking%-thread%.ts$', 'migrate_fd_cleanup_schedule' },
}

local output = vim.fn.tempname() .. '.qemu'
dap.adapters.freezeframe = { type = 'executable', command = 'node', args = { root .. '/dist/debug-adapter.js' } }
dap.defaults.fallback.exception_breakpoints = 'default'

local function fail(message)
  print(message .. '\n')
  vim.cmd('cquit 1')
end

-- nvim-dap moves the cursor after its own handlers have run: this looks until it has, or for a minute.
local function await_cursor(stop, file, line)
  local name, text
  local arrived = vim.wait(60000, function()
    name, text = vim.api.nvim_buf_get_name(0), vim.api.nvim_get_current_line()
    if name == '' then name = vim.fn.getline(1) end
    return name:find(file) ~= nil and text:find(line) ~= nil
  end, 20)
  if not arrived then fail(('%s: the cursor is in %s at "%s"'):format(stop, name, text)) end
  print(('%-22s %s:%d  %s\n'):format(stop, vim.fn.fnamemodify(name, ':t'), vim.fn.line('.'), vim.trim(text)))
end

local stops = {}
dap.listeners.after.event_stopped.walk = function(_, body)
  table.insert(stops, body)
end

dap.run({
  type = 'freezeframe',
  request = 'launch',
  name = 'walk',
  program = root .. '/extension/sample/guests/working-set.elf',
  snapshot = { when = { ms = 20 }, output = output },
})
for index, row in ipairs(expected) do
  local stop, file, line = unpack(row)
  if not vim.wait(60000, function() return #stops >= index end, 20) then fail('no stop: ' .. stop) end
  local said = stops[index].description
  if not said or not said:find(stop, 1, true) then fail(('%s instead of %s'):format(said, stop)) end
  await_cursor(stop, file, line)
  dap.continue()
end
local written = vim.wait(60000, function() return vim.fn.filereadable(output) == 1 end, 20)
dap.terminate()
vim.wait(5000, function() return dap.session() == nil end, 20)
os.remove(output)
if not written then fail('no snapshot was written') end
print(#expected .. ' stops, each where it belongs\n')
vim.cmd('quitall!')
