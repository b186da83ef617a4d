# In gdb: at many stops, all that its frames say, as a line of JSON each.
import gdb, json, os

def flatten(name, value, into):
    if value.is_optimized_out:
        into[name] = '<optimized out>'
        return
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        for field in kind.fields():
            flatten(name + '.' + (field.name or ''), value[field], into)
    elif kind.code == gdb.TYPE_CODE_ARRAY and kind.target().strip_typedefs().sizeof != 1:
        low, high = kind.range()
        for index in range(low, high + 1):
            flatten('%s[%d]' % (name, index), value[index], into)
    else:
        try:
            into[name] = value.format_string(symbols=False)
        except gdb.error as error:
            into[name] = '<optimized out>' if 'optimized out' in str(error) else '?'

def variables(frame):
    found = {}
    try:
        block = frame.block()
    except RuntimeError:
        return found
    while block:
        for symbol in block:
            if (symbol.is_variable or symbol.is_argument) and symbol.name not in found:
                flatten(symbol.name, symbol.value(frame), found)
        if block.function:
            break
        block = block.superblock
    return found

def frames():
    result = []
    frame = gdb.newest_frame()
    while frame:
        result.append({'name': frame.name(), 'line': frame.find_sal().line, 'variables': variables(frame)})
        frame = frame.older()
    return result

for setting in ('pagination off', 'confirm off', 'print address on', 'print elements 64', 'print frame-arguments all'):
    gdb.execute('set ' + setting)
gdb.execute('target remote ' + os.environ['GDB_STUB'])
gdb.execute('tbreak *main')
gdb.execute('continue', to_string=True)
with open(os.environ['GDB_OUT'], 'w') as out:
    for count in json.loads(os.environ['STEPS']):
        gdb.execute('stepi %d' % count, to_string=True)
        out.write(json.dumps({'pc': int(gdb.parse_and_eval('$pc')) & (2**64 - 1), 'frames': frames()}) + '\n')
gdb.execute('kill')
