"""Times the program and its peers in turn, and prints medians with ratios.

usage: peers.py DIR PYTHON ROUNDS    called by run.sh; DIR holds chokepoint, assess.test and dump
       peers.py --kernels            prints the times of numpy's kernels, in ms
       peers.py --draws DIR N        numpy on N draws of the markets that dump wrote
       peers.py --recipe DIR LIMIT   Clarabel on the program that dump wrote, LIMIT seconds

Standard library alone, but for the last three, which PYTHON runs.
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


def draws(folder, n):
    """n draws of all restrictions under `pro-rata`, vectorised over draws and
    scenarios: log-normal noise on shares and dependence, markets cleared by Newton,
    loss = cut x SUM of weights x dependence. Central prices are printed for a check."""
    import numpy as np

    def solve(m, noise):
        s, d = (np.array(m[k]) * noise(len(m[k])) for k in ('SupplyShare', 'UseShare'))
        pair = np.array(m['Pair']) * noise(len(m['Pair']))
        s, d = s / s.sum(1, keepdims=True), d / d.sum(1, keepdims=True)
        at, idle = m['Exporters'], np.array(m['IdleShare'])
        world, total = m['World'], m['World'] / (1 - m['Recycled'])
        kinds = [(idle == k, k, m['Supply']) for k in np.unique(idle)]
        use = total * (d.sum(1, keepdims=True) - d[:, at])
        # Supply outside the country that restricts, by capacity; then recycling.
        rest = [(world * (s[:, who].sum(1, keepdims=True) - s[:, at] * who[at]), k, eta) for who, k, eta in kinds]
        rest.append(((total - world) * (d.sum(1, keepdims=True) - d[:, at]), m['RecyclingIdle'], m['RecyclingResponse']))
        v = np.zeros_like(use)
        for _ in range(60):
            pi = 1 + v
            demand = use * np.exp(m['Demand'] * v)
            excess, slope = demand, m['Demand'] * demand
            for tonnes, k, eta in rest:
                power = pi ** (-eta / k) if k > 0 else 0
                excess = excess - tonnes * (1 + k * (1 - power))
                slope = slope - tonnes * eta * power / pi
            step = np.where((excess > 0) & (v < 1e6), -excess / slope, 0)
            v = np.minimum(v + np.maximum(step, 0), 1e6)  # no supply left: no price
            if np.all(step <= 1e-12 * (1 + v)):
                break
        return 1 + v, (1 - np.exp(m['Demand'] * v)) * (pair @ np.array(m['Weight']))[:, None]

    markets = [m for m in json.load(open(folder + '/markets.json')) if m['Exporters']]
    price = {f"{m['Commodity']},{c}": p for m in markets for c, p in zip(m['Countries'], solve(m, lambda k: np.ones((1, k)))[0][0].tolist())}
    rng = np.random.default_rng(1)
    start, cpu = time.perf_counter(), time.process_time()
    for m in markets:
        np.quantile(solve(m, lambda k: np.exp(0.3 * rng.standard_normal((n, k))))[1], (0.05, 0.5, 0.95), axis=0)
    print(json.dumps({'s': time.perf_counter() - start, 'cpu': time.process_time() - cpu, 'price': price}))


def recipe(folder, limit):
    """The program (E5) through cvxpy and Clarabel, in shares of the base: flows u,
    final use w, outputs y. The answers are compared by objective."""
    import cvxpy as cp
    import numpy as np
    import scipy.sparse as sp

    z, f, x, va, bound, change = (np.fromfile(f'{folder}/{k}.f64') for k in ('z', 'final', 'output', 'value_added_share', 'bound', 'recipe_change'))
    n = len(x)
    z = z.reshape(n, n)
    live = x > 0
    i, j = np.nonzero(z)
    flow, m = z[i, j], len(i)
    unit = x.sum() / n
    u, w, y = cp.Variable(m), cp.Variable(n), cp.Variable(n)
    rows = sp.csr_matrix((flow / x[i], (i, np.arange(m))), shape=(n, m))
    final = sp.diags(np.where(live, f / np.where(live, x, 1), 0))
    buyer = sp.csr_matrix((np.ones(m), (np.arange(m), j)), shape=(m, n))
    objective = cp.sum(cp.multiply(flow / unit, cp.square(u - 1))) + cp.sum(cp.multiply(f / unit, cp.square(w - 1)))
    problem = cp.Problem(cp.Minimize(objective), [rows @ u + final @ w == sp.diags(live.astype(float)) @ y, u >= buyer @ y, y <= 1 - bound, w >= 0, y >= 0])
    start, cpu = time.perf_counter(), time.process_time()
    try:
        problem.solve(solver=cp.CLARABEL, time_limit=limit)
    except cp.SolverError:
        pass
    out = {'s': time.perf_counter() - start, 'cpu': time.process_time() - cpu, 'status': problem.status, 'versions': f'cvxpy {cp.__version__}, Clarabel'}

    # Our outputs: the price c of each seller from its sales (bisection), then flows.
    ours = 1 + np.where(live, change / np.where(live, x, 1), 0)
    low, high = np.full(n, -1.0), np.ones(n)  # 1 - (1-c) stays in [-1, 1] for lambda = 1
    sold = lambda c: (z * np.maximum(ours[None, :], c[:, None])).sum(1) + f * np.maximum(0, c)
    for _ in range(200):
        c = (low + high) / 2
        over = sold(c) > x * ours
        high, low = np.where(over, c, high), np.where(over, low, c)
    c = (low + high) / 2
    value = lambda a, b: float((flow * (a - 1) ** 2).sum() + (f * (b - 1) ** 2).sum())
    out['off balance'] = float(np.max(np.abs(sold(c) - x * ours)) / x.max())
    out['ours'] = value(np.maximum(ours[j], c[i]), np.maximum(0, c))
    out['our loss'] = float(-(va * change).sum())
    if problem.status in ('optimal', 'optimal_inaccurate'):
        out['solver s'] = problem.solver_stats.solve_time
        out['theirs'] = value(u.value, w.value)
        out['their loss'] = float((va * x * (1 - y.value))[live].sum())
    print(json.dumps(out))


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


def json_of(args, env):
    """What a helper process prints; None and its last word if it fails."""
    p = subprocess.run(args, env=env, capture_output=True, text=True)
    if p.returncode != 0:
        return None, (p.stderr.strip().splitlines() or ['exit code %d' % p.returncode])[-1]
    return json.loads(p.stdout), ''


# ---- the table -------------------------------------------------------------
def main(folder, python, rounds):
    program, tests = folder + '/chokepoint', folder + '/assess.test'
    plain = ['--draws', '0', '--format', 'csv', '-q']
    commands = {
        'rank': ['rank'] + plain,
        'rank @all': ['rank', '@all'] + plain,
        'rank, 200 draws': ['rank', '--format', 'csv', '-q'],
        'pro-rata': ['rank', '@all', '--method', 'sharing=pro-rata'] + plain,
        'pro-rata, 200 draws': ['rank', '@all', '--method', 'sharing=pro-rata', '--format', 'csv', '-q'],
        'drivers': ['drivers', 'gallium', '--from', 'CHN', '--format', 'csv', '-q'],
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

    slow = {  # once: a minute or so each
        'rank, 10,000 draws': ['rank', '--draws', '10000', '--format', 'csv', '-q'],
        'recipe @all': ['rank', '@all', '--method', 'downstream=recipe'] + plain,
        'pro-rata, 2,000 draws': ['rank', '@all', '--method', 'sharing=pro-rata', '--draws', '2000', '--format', 'csv', '-q'],
    }
    ours, why = json_of([folder + '/dump', folder], None)
    if ours is None:
        sys.exit('dump: ' + why)
    runs, go, np_, ref, drawn = {k: [] for k in list(commands) + list(slow)}, [], [], [], []
    for k in range(rounds):
        print(f'round {k + 1} of {rounds}', file=sys.stderr)
        for name, args in commands.items():
            runs[name].append(process([program] + args))
        if has_numpy:
            r = subprocess.run([python, __file__, '--kernels'], env=env, check=True, capture_output=True, text=True)
            np_.append(json.loads(r.stdout))
            drawn.append(json.loads(subprocess.run([python, __file__, '--draws', folder, '200'], env=env, check=True, capture_output=True, text=True).stdout))
        go.append(go_benchmarks(tests))
        if reference and data and k < 3:  # slow
            os.makedirs(folder + '/reference', exist_ok=True)
            ref.append(process([python, reference, data, folder + '/reference'], env))

    for name, args in slow.items():
        print(name, file=sys.stderr)
        runs[name].append(process([program] + args))
    clarabel = None
    limit = os.environ.get('CHOKEPOINT_CLARABEL')
    if limit:
        print('Clarabel', file=sys.stderr)
        clarabel, why = json_of([python, __file__, '--recipe', folder, limit], env)
        if clarabel is None:
            skipped.append('Clarabel: ' + why)
    else:
        skipped.append('Clarabel: CHOKEPOINT_CLARABEL (seconds it may take) is not set')

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
    for name, targets in (('rank', {}), ('rank, 200 draws', {}), ('rank, 10,000 draws', {'s': 90, 'mb': 300})):
        label = 'rank, no draws' if name == 'rank' else name
        row(label + ', wall', mid(runs[name], 's'), 's', target=targets.get('s'))
        row(label + ', CPU', mid(runs[name], 'cpu'), 's')
        row(label + ', peak memory', mid(runs[name], 'mb'), 'MB', target=targets.get('mb'))
    row('200 draws add to rank, wall', mid(runs['rank, 200 draws'], 's') - mid(runs['rank'], 's'), 's', target=2)
    numpy = f'numpy {np_[0]["numpy"]}' if np_ else ''
    extra = mid(runs['pro-rata, 200 draws'], 'cpu') - mid(runs['pro-rata'], 'cpu')
    row(f'200 draws of {RESTRICTIONS:,}, pro-rata, CPU', 1e3 * extra, 'ms', 1e3 * mid(drawn, 'cpu') if drawn else None, numpy)
    further = (mid(runs['pro-rata, 2,000 draws'], 'cpu') - mid(runs['pro-rata, 200 draws'], 'cpu')) / 1800
    row(f'a further draw of {RESTRICTIONS:,}, pro-rata, CPU', 1e3 * further, 'ms', 1e3 * mid(drawn, 'cpu') / 200 if drawn else None, numpy)
    row('drivers of one scenario, 45,056 runs, wall', mid(runs['drivers'], 's'), 's')
    solved = clarabel and clarabel['status'] in ('optimal', 'optimal_inaccurate')
    row('recipe, one scenario, median', ours['recipe_ms'], 'ms', 1e3 * clarabel['s'] if solved else None, clarabel['versions'] if solved else '', 60)
    row('recipe, one scenario, fastest of 31', ours['recipe_fastest_ms'], 'ms')
    row(f'recipe, {RESTRICTIONS:,} restrictions, wall', mid(runs['recipe @all'], 's'), 's', target=40)
    row(f'recipe, {RESTRICTIONS:,} restrictions, CPU', mid(runs['recipe @all'], 'cpu'), 's')
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
    if clarabel:
        text = f'Clarabel through cvxpy: {clarabel["status"]} after {clarabel["s"]:.3g} s'
        if solved:
            text += (f' ({clarabel["solver s"]:.3g} s in the solver). Same problem: objective {clarabel["ours"]:.9g} here, '
                     f'{clarabel["ours"] / clarabel["theirs"] - 1:+.1g} relative to theirs; loss {clarabel["our loss"]:.9g}, {clarabel["our loss"] / clarabel["their loss"] - 1:+.1g}')
        print('\n' + text + f'. Rows of ours balance to {clarabel["off balance"]:.1g} of the largest output.')
    if drawn:
        name = folder + '/plain.csv'
        with open(name, 'w') as out:
            process([program] + commands['scenario list @all'], out=out)
        ratio = {f'{r["commodity"]},{r["country"]}': r['price_ratio'] for r in csv.DictReader(open(name)) if r['kind'] == 'export-restriction'}
        off = max(abs(drawn[0]['price'][k] / float(v) - 1) for k, v in ratio.items() if v)
        print(f'\nSame markets in numpy: central prices agree within {off:.1g} relative.')
    for reason in skipped:
        print('\nskipped: ' + reason)


if __name__ == '__main__':
    if sys.argv[1:] == ['--kernels']:
        kernels()
    elif sys.argv[1:2] == ['--draws']:
        draws(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ['--recipe']:
        recipe(sys.argv[2], float(sys.argv[3]))
    else:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
