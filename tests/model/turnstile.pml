/* What crosses processes in turnstile, for spin: the module in each login, the daemon,
 * each user's supervisor.  tests/model/run says which sizes are checked, and how.
 *
 * An atomic is one step; between two of them all others may take theirs, so a login or
 * a logout comes at each moment.  At each MOMENT (between two calls that leave something
 * behind: a rename, a record, a signal) the process may be killed.  The daemon's turn is
 * one atomic: nobody but the next daemon reads what it writes, and whoever is told
 * something may take his time, so that it is the same as one in which others take steps.
 * A comment at a step names the C function that it stands for; an INVARIANT is followed
 * by the tests that show it on the real program.
 *
 * Users share the last ID, the order of the backlog and the daemon's life, nothing else:
 * all other variables are one user's, and a turn is about one user, here as in the C.
 * So what holds for one user's logins with two faults, and for two users with one, holds
 * for more users.
 *
 * Not in it: time (what is due comes at once, later or after all else: any stopdelay is
 * covered; killat is a supervisor that is killed), lingering, SIGTERM, want of anything
 * but for an order, PAM, how a tree is ended, a uid given away. */
#ifndef USERS
#define USERS 1
#endif
#ifndef LOGINS
#define LOGINS 3
#endif
#ifndef FAULTS /* at most so many things go wrong */
#define FAULTS 1
#endif
#ifndef PATIENT /* 0: there is nobody who waits for ever */
#define PATIENT 1
#endif
#ifndef NUMBERS /* 0: IDs are not counted */
#define NUMBERS 1
#endif
#ifndef BREAK /* the model is broken on purpose, see run */
#define BREAK 0
#endif

#if USERS == 1
#define OF(s) 0
#define EACHUSER(x) x(0)
#else
#define OF(s) ((s) * 2 / LOGINS) /* whose a login is */
#define EACHUSER(x) x(0) x(1)
#endif
#if LOGINS == 1
#define EACHLOGIN(x) x(0)
#elif LOGINS == 2
#define EACHLOGIN(x) x(0) x(1)
#else
#define EACHLOGIN(x) x(0) x(1) x(2)
#endif

/* a login's states, orders */
#define None 0
#define New 1
#define Starting 2
#define Ready 3
#define Stopping 4
#define Services 0
#define Light 1
#define End 2
#define Unknown 3 /* to a new daemon, until it has given one */
/* a session's states and, beside Open, what a module says; what it hears */
#define Waiting 1
#define Open 2
#define Close 3
#define Ok 1
#define Bye 2
/* a connection: in the backlog, accepted, without anybody at the other end */
#define Queued 1
#define Kept 2
#define Gone 3
/* a supervisor: waits for go, gets it, gets it after a killed one, gets none */
#define Forked 1
#define Eof 2
#define Go 3
#define GoLeft 4
#define Runs 5

byte faults;
#define FAULT  faults -> faults--
#define MOMENT if :: FAULT; goto killed :: skip fi

/* the logins and the kernel */
bit served[LOGINS]; /* he was answered, and not for want of time */
bit came[LOGINS], alive[LOGINS], light[LOGINS], waits[LOGINS], stays[LOGINS];
byte conn[LOGINS], heard[LOGINS]; /* the module's connection; what was answered */
bit closing[LOGINS]; /* CLOSE is said on it */
bit listening;
chan backlog = [LOGINS] of { byte, byte };
chan signals[USERS] = [4] of { byte };
byte stage[USERS]; /* of the supervisor's process */
bit lives[USERS]; /* who is named in the login's file */

/* what is there of a user: a tree (2: a killed supervisor's), the runtime directory */
byte tree[USERS];
bit rundir[USERS];

/* the disk: lastid; sessions/ID and private/requests/ID; private/logins/UID */
byte lastid, lastused, id[LOGINS]; /* each login's, in what is on disk */
bit file[LOGINS], link[LOGINS];
bit exists[USERS], fdir[USERS]; /* RUNDIR=made */
byte fstate[USERS], forder[USERS];
bit fheard[USERS]; /* its SERIAL is that of the last order */
bit note[USERS]; /* inotify's */

/* the daemon's memory: sessions, logins; the supervisors': what would not be theirs */
byte is[LOGINS], last; /* Waiting or Open; the last ID */
bit keyed[LOGINS]; /* the request's id is known */
byte state[USERS], order[USERS], wanting[USERS], sessions[USERS];
bit fd[USERS], left[USERS], stopat[USERS], retryat[USERS], dir[USERS];
bit hasheard[USERS]; /* the last order of the present daemon */

/* ---- THE MODULE, pam_turnstile.c, and the process that it is in ---- */

/* the same logins in another order are the same: they come one after the other */
#define COMES(s) (s == 0 || came[s - 1] || OF(s) != OF(s - 1))

proctype login(byte s)
{
	bit wasthere, hasty; /* does not wait: without him, who waits for ever is seen */

	atomic { COMES(s) -> came[s] = 1; alive[s] = 1; if :: hasty = 1 :: PATIENT -> skip fi }
dial:	atomic { /* pam_sm_open_session(), enter(), ask(), dial() */
		if
		:: listening -> backlog!s, Open; conn[s] = Queued; waits[s] = 1;
			if :: !wasthere -> light[s] = 1 :: skip fi;
			wasthere = 1
		:: !listening && !wasthere -> goto leave /* no daemon: no session */
		:: wasthere && FAULT; goto leave
		fi
	}
	do /* hear() */
	:: atomic { heard[s] == Ok ->
		heard[s] = 0; waits[s] = 0; wasthere = 0;
		/* INVARIANT an answer means a file: 11-register, 55-state-files, 76-ids */
		assert(file[s]);
		if :: stays[s] = 1; goto endstay :: goto logout fi }
	:: atomic { conn[s] == Gone -> heard[s] = 0; goto dial } /* the same is asked again */
	:: atomic { FAULT; conn[s] = Gone; waits[s] = 0; goto giveup } /* the time is over */
	:: atomic { hasty -> goto leave } /* killed */
	od;

logout:	atomic { /* pam_sm_close_session(), ask() */
		served[s] = 0;
		if
		:: goto leave /* none: killed, or another program */
		:: conn[s] == Kept -> closing[s] = 1
		:: conn[s] == Gone -> goto redial
		:: conn[s] == Kept && FAULT; conn[s] = Gone; goto redial /* see isours() */
		fi
	}
bye:	do
	:: atomic { heard[s] == Bye ->
		/* INVARIANT who has closed a session sees it no more: 12-ends */
		assert(!file[s]);
		goto leave }
	:: atomic { conn[s] == Gone -> heard[s] = 0; goto redial }
	:: atomic { hasty -> goto leave }
	od;
redial:	atomic {
		if
		:: listening -> backlog!s, Close; conn[s] = Queued; goto bye
		:: !listening -> goto leave
		fi
	}
giveup:	skip;
leave:	atomic { alive[s] = 0; waits[s] = 0; conn[s] = Gone; heard[s] = 0; closing[s] = 0; served[s] = 0;
		wasthere = 0; hasty = 0; goto over }
endstay:
	false;
over:	skip
}

/* ---- THE DAEMON: one event a turn, which ends in steer() ---- */

#define WANT(u)      (wanting[u] -> Services : (sessions[u] -> Light : End))
#define UP(u)        (state[u] == Starting || state[u] == Ready)
#define ENOUGH(u, s) (light[s] -> UP(u) : (state[u] == Ready && order[u] == Services))
#define SAY(s, word) if :: conn[s] == Kept -> heard[s] = word :: else fi

/* what may happen: connevent(), leaderevent(), watchevent(), supervisorevent(), tend() */
#define CLOSES(s)  :: closing[s] && conn[s] == Kept -> who = s; goto closesession
#define LEADER(s)  :: is[s] && !alive[s] -> who = s; goto endsession
#define REPORT(x)  :: note[x] -> u = x; goto watchevent
#define ENDED(x)   :: fd[x] && !lives[x] -> u = x; goto supervisorevent
#define STOP(x)    :: stopat[x] -> stopat[x] = 0; u = x; goto steer
#define RETRY(x)   :: retryat[x] -> retryat[x] = 0; u = x; \
	if :: fd[x] -> goto watchevent :: else -> goto steer fi
#define TIMEOUT(s) :: is[s] == Waiting && FAULT; ANSWER(s); goto answerall

#define ANSWER(s)  is[s] = Open; SAY(s, Ok)
#define ENOUGHFOR(s) :: is[s] == Waiting && OF(s) == u && ENOUGH(u, s) -> \
	/* INVARIANT who has waited has a runtime directory: 40-rundir, 27-light-first, \
	 * 74-killed-removing, 73-unheard */ \
	assert(dir[u] && rundir[u]); served[s] = alive[s]; ANSWER(s)
#define NOFILES(s) assert(OF(s) != u || !file[s]);

/* what the file says is old where the last order is not heard: it says so only when the
 * supervisor has heard the new daemon's */
#define RECOVERLOGIN(x) if \
	:: exists[x] -> fd[x] = lives[x]; left[x] = !lives[x]; dir[x] = fdir[x]; \
		order[x] = (BREAK == 11 -> forder[x] : Unknown); \
		hasheard[x] = 0; fheard[x] = (BREAK == 11); if \
		:: lives[x] && fstate[x] != Stopping && BREAK != 11 -> state[x] = New \
		:: lives[x] && (fstate[x] == Stopping || BREAK == 11) -> state[x] = fstate[x] \
		:: else \
		fi \
	:: else fi;
#define RECOVERSESSION(s) if :: file[s] && id[s] > last -> last = id[s] :: else fi; if \
	:: file[s] && alive[s] -> is[s] = Open; keyed[s] = link[s]; \
		u = OF(s); sessions[u]++; wanting[u] = wanting[u] + !light[s] \
	:: else fi;
#define OVER(s)  :: file[s] && !is[s] -> file[s] = 0; light[s] = 0; goto recoversession
#define STALE(s) :: link[s] && !file[s] -> link[s] = 0; id[s] = 0; goto recoverstale

/* what is lost with the daemon: its memory, and the connections that it had accepted */
#define LOSELOGIN(x) \
	state[x] = 0; order[x] = 0; wanting[x] = 0; \
	sessions[x] = 0; fd[x] = 0; left[x] = 0; stopat[x] = 0; retryat[x] = 0; dir[x] = 0; \
	note[x] = 0; if :: stage[x] == Forked -> stage[x] = Eof :: else fi;
#define LOSESESSION(s) is[s] = 0; keyed[s] = 0;
#define LOSECONN(s) if :: conn[s] == Kept -> conn[s] = Gone; closing[s] = 0 :: else fi;
#define LOSEQUEUED(s) if :: conn[s] == Queued -> conn[s] = Gone :: else fi; \
	if :: !alive[s] && !file[s] -> light[s] = 0 :: else fi;
#define LOSE EACHUSER(LOSELOGIN) EACHLOGIN(LOSESESSION) EACHLOGIN(LOSECONN) \
	last = 0; who = 0; what = 0; u = 0; w = 0; bye = 0; turn = 0

proctype daemon()
{
	byte who, what, u, w, bye, turn;

start:	atomic { /* setup(): the watch, then the socket */
		MOMENT;
		listening = 1; last = lastid;
		MOMENT; /* recover() */
		EACHUSER(RECOVERLOGIN) EACHLOGIN(RECOVERSESSION) u = 0;
recoversession:
		MOMENT;
		if EACHLOGIN(OVER) :: else fi;
recoverstale:
		MOMENT;
		if EACHLOGIN(STALE) :: else -> turn = 1; goto steer fi
	}

end:	atomic { /* run() */
		if
		:: backlog?who, what -> goto connevent
		EACHLOGIN(CLOSES) EACHLOGIN(LEADER) EACHUSER(REPORT) EACHUSER(ENDED)
		EACHUSER(STOP) EACHUSER(RETRY) EACHLOGIN(TIMEOUT)
		:: FAULT; LOSE; goto start /* reexec() */
		:: FAULT; goto killed
		fi;

connevent:	/* acceptevent() */
		u = OF(who);
		if :: conn[who] == Queued -> conn[who] = Kept :: else fi;
		if
		:: what == Close -> bye = who + 1;
			if :: keyed[who] -> goto endsession :: else -> goto answerall fi
		:: what == Open && keyed[who] && BREAK != 6 -> is[who] = Waiting; goto steer
		:: what == Open && (!keyed[who] || BREAK == 6) && !alive[who] ->
			light[who] = 0; goto answerall
		:: else
		fi;
		/* openrequest(): on disk before it is used */
		last = last + NUMBERS;
		if :: BREAK != 1 -> lastid = last :: else fi;
		MOMENT; /* beginsession(), savesession() */
		id[who] = last; link[who] = 1;
		MOMENT;
		/* INVARIANT an ID is used once: 76-ids; a request is one session: 72-killed-waiting */
		assert((!NUMBERS || last > lastused) && !file[who]);
		lastused = last;
		if :: BREAK != 2 -> file[who] = 1 :: else fi;
		is[who] = Waiting; keyed[who] = 1;
		sessions[u]++; wanting[u] = wanting[u] + !light[who];
		if :: state[u] == None -> retryat[u] = 0 :: else fi;
		goto steer;

closesession:	/* over its own connection: the file goes, the answer, the rest */
		closing[who] = 0;
		file[who] = 0;
		MOMENT;
		SAY(who, Bye);
endsession:
		MOMENT;
		file[who] = 0;
		MOMENT;
		u = OF(who); sessions[u]--; wanting[u] = wanting[u] - !light[who];
		light[who] = 0; served[who] = 0;
		stopat[u] = 1; link[who] = 0; id[who] = 0; is[who] = 0; keyed[who] = 0;
		goto steer;

watchevent:	/* heard() */
		note[u] = 0;
		if
		:: !fd[u] || !exists[u] -> goto answerall
		:: else -> dir[u] = fdir[u]
		fi;
		if
		:: !fheard[u] && BREAK != 4 /* older than the last order */
		:: else -> order[u] = forder[u]; state[u] = fstate[u]
		fi;
		goto steer;

supervisorevent:
		fd[u] = 0; stopat[u] = 0; retryat[u] = 0; left[u] = exists[u] && BREAK != 3;
		state[u] = None;
		if :: exists[u] -> dir[u] = fdir[u] :: else fi;
		if :: left[u] -> retryat[u] = 1 :: skip fi; /* deaths */
		if :: BREAK == 7 -> goto answerall :: else fi;

steer:
		if :: turn -> u = turn - 1 :: else fi;
		w = WANT(u);
		if :: w == order[u] || w == Services -> stopat[u] = 0 :: else fi;
		if
		:: state[u] == None && (left[u] || w != End) && !retryat[u] -> goto startsupervisor
		:: state[u] == None && !left[u] && w == End -> /* it is no login any more */
			/* INVARIANT nothing outlives the last session: 20-first-last, 21-stubborn,
			 * 40-rundir; no session's file does: 12-ends, 55-state-files */
			assert(!tree[u] && !rundir[u]); EACHLOGIN(NOFILES)
			order[u] = 0; stopat[u] = 0; retryat[u] = 0; dir[u] = 0
		:: (state[u] == New || UP(u)) && w != order[u] && !stopat[u] -> goto neworder
		:: else
		fi;
		goto answerall;

startsupervisor: /* fork, its file, go */
		MOMENT;
		stage[u] == 0 -> stage[u] = Forked; order[u] = w;
		if :: !left[u] -> dir[u] = 0 :: else fi;
		MOMENT;
		exists[u] = 1; fstate[u] = New; forder[u] = w; fheard[u] = 1; hasheard[u] = 1; fdir[u] = dir[u];
		lives[u] = 1; fd[u] = 1;
		MOMENT;
		if
		:: stage[u] == Forked && left[u] -> stage[u] = GoLeft
		:: stage[u] == Forked && !left[u] -> stage[u] = Go
		:: else
		fi;
		left[u] = 0; state[u] = (w == End -> Stopping : New);
		goto answerall;

neworder: /* order() */
		MOMENT;
		if
		:: !lives[u] -> goto answerall /* ESRCH: supervisorevent() comes */
		:: lives[u] && FAULT; retryat[u] = (BREAK != 5); goto answerall /* EAGAIN */
		:: lives[u] -> signals[u]!w; order[u] = w; hasheard[u] = 0; fheard[u] = 0
		fi;
		if
		:: w == End -> state[u] = Stopping
		:: w != End && (state[u] != New || BREAK == 8) -> state[u] = Starting
		:: else
		fi;

answerall:
		if EACHLOGIN(ENOUGHFOR) :: else -> goto answered fi;
		MOMENT;
		goto answerall;
answered:
		if :: BREAK == 2 && what == Open && is[who] && !file[who] -> file[who] = 1 :: else fi;
		if :: bye -> SAY(bye - 1, Bye) :: else fi;
		bye = 0; w = 0; u = 0; who = 0; what = 0;
		if
		:: turn && turn < USERS -> turn++; goto steer
		:: else -> turn = 0
		fi
	}
	goto end;

killed:	atomic {
		LOSE; listening = 0;
		EACHLOGIN(LOSEQUEUED)
		do :: backlog?who, what :: empty(backlog) -> break od;
		who = 0; what = 0
	}
	goto start
}

/* ---- THE SUPERVISOR ---- */

inline report(s)
{
	st = (o == End -> Stopping : s);
	/* INVARIANT a report of services that are ready is true: 27-arrival, 27-full-again,
	 * 31-core-services */
	assert(st != Ready || o != Services || up);
	fstate[u] = st; forder[u] = o; fheard[u] = hasheard[u]; fdir[u] = made;
	note[u] = listening
}

/* hearorders(), in turn(): the last one counts */
inline hearorders()
{
	nempty(signals[u]) -> was = o;
	do
	:: signals[u]?got -> hasheard[u] = (order[u] != Unknown); if :: o != End -> o = got :: else fi
	:: empty(signals[u]) -> break
	od;
	if :: o == was -> report(st) :: else fi;
	was = 0; got = 0
}

#define TURNED :: atomic { FAULT; goto killed } \
	:: atomic { hearorders(); if :: o != Services -> goto obey :: else fi }

/* INVARIANT who has been answered keeps what he has: 27-arrival, 56-light, 73-hup */
#define KEEPSDIR(s) assert(OF(s) != u || !served[s]);
#define KEEPSTREE(s) assert(OF(s) != u || !served[s] || light[s]);

inline endtree()
{
	do
	:: atomic { FAULT; goto killed }
	:: atomic { tree[u] && nempty(signals[u]) -> hearorders() }
	:: atomic { if :: leftover || tree[u] == 1 -> tree[u] = 0 :: else fi; break }
	od
}

proctype supervisor(byte u)
{
	byte o, st, was, got;
	bit leftover, made, up, young;

end:	atomic {
		if
		:: stage[u] == Eof -> goto exit
		:: stage[u] >= Go
		:: lives[u] && FAULT; goto killed
		fi;
		/* supervise(), makerundir() */
		leftover = (stage[u] == GoLeft); o = forder[u]; made = fdir[u]; st = New;
		stage[u] = Runs;
		if
		:: o != End && (!made || (leftover && BREAK != 10)) -> rundir[u] = 1; made = 1
		:: else
		fi
	}
	if :: leftover -> endtree(); leftover = 0 :: else fi;
obey:	atomic {
		if
		:: o == Services -> goto services
		:: o == Light -> goto noservices
		:: o == End -> goto finish
		fi
	}

services:
	if
	:: young -> /* it died young: a pause */
		atomic { MOMENT; up = 1; report(Ready) }
		do
		TURNED
		:: break
		od
	:: else
	fi;
	atomic { MOMENT; up = 0; report(Starting) } /* startmanager() */
	do /* PAM opens */
	TURNED
	:: break
	od;
	atomic { /* spawn() */
		MOMENT;
		/* INVARIANT one service manager: 20-first-last, 26-supervision, 71 to 75 */
		assert(!tree[u]);
		tree[u] = 1; report(Starting)
	}
	do /* awaitready() */
	TURNED
	:: atomic { FAULT; goto died }
	:: atomic { up = 1; report(Ready); break }
	od;
endserving:
	do
	TURNED
	:: atomic { FAULT; goto died }
	od;
died:	atomic { up = 0; report(Starting); if :: young = 1 :: young = 0 fi }
	endtree();
	goto obey;

noservices:
	atomic { MOMENT; up = 0; young = 0; report(Starting); EACHLOGIN(KEEPSTREE) }
	endtree();
	atomic { MOMENT; if :: o == Light || BREAK == 9 -> report(Ready) :: else fi }
	if :: o != Light -> goto obey :: else fi;
endlight:
	do
	:: atomic { FAULT; goto killed }
	:: atomic { hearorders(); if :: o != Light -> goto obey :: else fi }
	od;

finish:	atomic { MOMENT; report(Stopping) }
	endtree();
	atomic { MOMENT; EACHLOGIN(KEEPSDIR) rundir[u] = 0 } /* dropmount() */
	atomic { MOMENT; exists[u] = 0; fstate[u] = 0; forder[u] = 0; fheard[u] = 0; fdir[u] = 0 }
	goto exit;
killed:	if :: tree[u] -> tree[u] = 2 :: else fi;
exit:	atomic {
		lives[u] = 0; stage[u] = 0; hasheard[u] = 0;
		o = 0; st = 0; leftover = 0; made = 0; up = 0; young = 0;
		do :: signals[u]?got :: empty(signals[u]) -> got = 0; break od;
		goto end
	}
}

/* ---- IN THE END: INVARIANT who is in is served, of others nothing is there ---- */

#ifdef ANSWERED /* liveness: every login is answered: 27-arrival, 72-killed-waiting */
#define ISANSWERED(s) && (waits[s] -> <> !waits[s])
ltl { [] (true EACHLOGIN(ISANSWERED)) }
#endif
#ifdef STOPPED /* every stop ends: 20-first-last, 21-stubborn, 74-killed-supervisor */
#define STOPS(u) (exists[u] && fstate[u] == Stopping)
#define ISSTOPPED(u) && (STOPS(u) -> <> !STOPS(u))
ltl { [] (true EACHUSER(ISSTOPPED)) }
#endif

#define NOBODYWAITS(s) assert(!waits[s] && file[s] == stays[s]);
#define STAYS(s) || (OF(s) == here && stays[s])
#define ISQUIET(x) here = x; if \
	:: 0 EACHLOGIN(STAYS) -> assert(exists[x] && rundir[x] && lives[x]) \
	:: else -> assert(!exists[x] && !stage[x] && !tree[x] && !rundir[x]) fi;

#define RUNSUPERVISOR(x) run supervisor(x);
#define RUNLOGIN(s) run login(s);

init {
	byte here;

	atomic {
		do :: faults < FAULTS -> faults++ :: break od;
		run daemon(); EACHUSER(RUNSUPERVISOR) EACHLOGIN(RUNLOGIN)
	}
	atomic { timeout -> EACHLOGIN(NOBODYWAITS) EACHUSER(ISQUIET) here = 0 }
}
