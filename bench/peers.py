"""Times the program and its peers in turn, and prints medians with ratios.

usage: peers.py DIR PYTHON ROUNDS    called by run.sh; DIR holds chokepoint and assess.test
       peers.py --kernels            prints the times of numpy's kernels, in ms

Standard library alone, but for --kernels, which PYTHON runs.
"""
import csv, json, os, re, statistics, subprocess, sys, time

N = 402       # industries
BOUNDS = 100  # active bounds of a typical piece
RESTRICTIONS = 1108


# ---- numpy, in a process of its own ----------------------------------------
def kernels():
    """The dense linear algebra of (E2), as a numpy user would write it."""
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    rng = np.random.default_rng(1)
    z = rng.random((N, N)) ** 8 * 1e4
    f = rng.random(N) * 1e5
    x = z.sum(1) + f
    c = z.sum(0)
    s = c / np.maximum(x, 2 * c)
    x = c / s  # rows and columns need not balance for timing, H must be positive definite

    def operator(solve):
        b = np.diag(s * x) - z.T
        h = np.diag(c + s * x * s) - z.T * s[None, :] - s[:, None] * z
        return np.diag(x) - b.T @ solve(h, b)

    # Two ways, of which the faster one counts: scipy and numpy carry a BLAS each,
    # and their threads can get into each other's way.
    ways = [lambda: operator(lambda h, b: cho_solve(cho_factor(h), b)), lambda: operator(np.linalg.solve)]
    g = ways[0]()
    g = (g + g.T) / 2
    active = np.arange(BOUNDS)
    ub = -g[np.ix_(active, active)].sum(1)

    def active_set():
        factor = cho_factor(g[np.ix_(active, active)])
        for _ in range(2):  # as the solver does: once to find the set, once to answer
            dx = g[:, active] @ cho_solve(factor, ub)
        return dx

    def median_ms(f, seconds=0.4):
        f()
        times, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            t = time.perf_counter()
            f()
            times.append(1e3 * (time.perf_counter() - t))
        return statistics.median(times)

    print(json.dumps({'operator': min(median_ms(way) for way in ways), 'active set': median_ms(active_set), 'numpy': np.__version__}))


# ---- processes -------------------------------------------------------------
def process(args, env=None, out=subprocess.DEVNULL):
    """Wall and CPU seconds and peak MB of one process."""
    start = time.perf_counter()
    p = subprocess.Popen(args, stdout=out, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(p.pid, 0)
    wall = time.perf_counter() - start
    p.returncode = os.waitstatus_to_exitcode(status)
    if p.returncode != 0:
        sys.exit(f'{args[0]}: exit code {p.returncode} of {" ".join(args)}')
    peak = usage.ru_maxrss / (2 ** 20 if sys.platform == 'darwin' else 1024)
    return {'s': wall, 'cpu': usage.ru_utime + usage.ru_stime, 'mb': peak}


def go_benchmarks(binary):
    """ms of every benchmark of package assess that the table shows."""
    names = 'Start|Restrictions|Totals|ClearAndTotals|Operator|ActiveSet100'
    text = subprocess.run([binary, '-test.run', '^$', '-test.bench', f'^Benchmark({names})$', '-test.benchtime', '0.3s'],
                          check=True, capture_output=True, text=True).stdout
    out = {}
    for line in text.splitlines():
        if m := re.match(r'Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op(?:\s+([\d.]+) ns/set)?', line):
            out[m[1]] = float(m[3] or m[2]) / 1e6
    return out


def same_answers(ours, theirs):
    """The largest relative difference of losses, and how many were compared."""
    want = {(r['commodity'], r['country']): float(r['loss_musd']) for r in csv.DictReader(open(theirs))}
    got = {(r['commodity'], r['country']): float(r['loss_musd']) for r in csv.DictReader(open(ours)) if r['kind'] == 'export-restriction'}
    if want.keys() != got.keys():
        sys.exit(f'the reference has {len(want)} restrictions, the program {len(got)}: not the same problem')
    return max(abs(got[k] - v) / abs(v) for k, v in want.items()), len(want)


def cpu_kind():
    try:
        return re.search(r'model name\s*:\s*(.*)', open('/proc/cpuinfo').read())[1]
    except (OSError, TypeError):
        import platform
        return platform.processor() or platform.machine()


# ---- the table -------------------------------------------------------------
def main(folder, python, rounds):
    program, tests = folder + '/chokepoint', folder + '/assess.test'
    commands = {
        'rank': ['rank', '--format', 'csv', '-q'],
        'rank @all': ['rank', '@all', '--format', 'csv', '-q'],
        'scenario list @all': ['scenario', 'list', '@all', '--format', 'csv', '-q'],
        'show gallium': ['show', 'gallium', '-q'],
    }
    # Two variables that some machines set for older OpenBLAS builds; a current
    # numpy is faster without them.
    env = {k: v for k, v in os.environ.items() if k not in ('OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE')}
    reference, data = os.environ.get('CHOKEPOINT_REFERENCE'), os.environ.get('CHOKEPOINT_REFERENCE_DATA')
    skipped = []
    if not (reference and data):
        skipped.append('reference script: CHOKEPOINT_REFERENCE and CHOKEPOINT_REFERENCE_DATA are not set')
    has_numpy = subprocess.run([python, '-c', 'import numpy, scipy'], env=env, capture_output=True).returncode == 0
    if not has_numpy:
        skipped.append(f'numpy kernels: {python} has no numpy and scipy (set CHOKEPOINT_PYTHON)')

    runs, go, np_, ref = {k: [] for k in commands}, [], [], []
    for k in range(rounds):
        print(f'round {k + 1} of {rounds}', file=sys.stderr)
        for name, args in commands.items():
            runs[name].append(process([program] + args))
        if has_numpy:
            r = subprocess.run([python, __file__, '--kernels'], env=env, check=True, capture_output=True, text=True)
            np_.append(json.loads(r.stdout))
        go.append(go_benchmarks(tests))
        if reference and data and k < 3:  # slow
            os.makedirs(folder + '/reference', exist_ok=True)
            ref.append(process([python, reference, data, folder + '/reference'], env))

    def mid(list_, key):
        return statistics.median(r[key] for r in list_)

    rows = []

    def row(what, ours, unit, theirs=None, peer='', target=None):
        ratio = f'{theirs / ours:.1f} x' if theirs else ''
        rows.append([what, f'{ours:.3g} {unit}', f'{theirs:.3g} {unit}' if theirs else '', ratio, f'{target:g} {unit}' if target else '', peer])

    r = {key: mid(ref, key) if ref else None for key in ('s', 'cpu', 'mb')}
    script = 'reference script' if ref else ''
    row('start to ranking csv, 84 units', mid(runs['rank'], 's'), 's', target=0.5)
    for name in ('rank @all', 'scenario list @all'):
        row(f'{name}, csv, wall', mid(runs[name], 's'), 's', r['s'], script)
        row(f'{name}, csv, CPU', mid(runs[name], 'cpu'), 's', r['cpu'], script)
    row('peak memory of scenario list @all', mid(runs['scenario list @all'], 'mb'), 'MB', r['mb'], script, 80)
    row('show gallium', mid(runs['show gallium'], 's'), 's', target=0.2)
    row('binary, stripped', os.path.getsize(program) / 2 ** 20, 'MB', target=20)
    row('start: tables to response operator', mid(go, 'Start'), 'ms')
    row(f'{RESTRICTIONS:,} restrictions, every industry, verified, cold', mid(go, 'Restrictions'), 'ms', target=200)
    row(f'totals of {RESTRICTIONS:,}, prepared', mid(go, 'Totals'), 'ms', target=1)
    row(f'markets and totals of {RESTRICTIONS:,}, prepared', mid(go, 'ClearAndTotals'), 'ms')
    numpy = f'numpy {np_[0]["numpy"]}, scipy' if np_ else ''
    row(f'response operator, {N} industries', mid(go, 'Operator'), 'ms', mid(np_, 'operator') if np_ else None, numpy)
    row(f'{BOUNDS} active bounds factored and solved', mid(go, 'ActiveSet100'), 'ms', mid(np_, 'active set') if np_ else None, numpy)

    head = ['what', 'chokepoint', 'peer', 'peer / ours', 'target', 'peer is']
    print(f'{time.strftime("%Y-%m-%d")}, {cpu_kind()}, {os.cpu_count()} CPUs, medians of {rounds} interleaved rounds ({len(ref)} of the reference script)\n')
    width = [max(len(line[k]) for line in rows + [head]) for k in range(len(head))]
    for line in [head, ['-' * w for w in width]] + rows:
        print('| ' + ' | '.join(cell.ljust(w) for cell, w in zip(line, width)) + ' |')
    if ref:
        ours = folder + '/scenarios.csv'
        with open(ours, 'w') as out:
            process([program] + commands['scenario list @all'], out=out)
        off, n = same_answers(ours, folder + '/reference/expected_scenarios.csv')
        print(f'\nSame problem: losses of {n:,} restrictions agree within {off:.1g} relative.')
    for reason in skipped:
        print('\nskipped: ' + reason)


if __name__ == '__main__':
    if sys.argv[1:] == ['--kernels']:
        kernels()
    else:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
